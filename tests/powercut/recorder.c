/* Writes down what a process does to the files of one folder, in the order in which it is done.
 *
 * It is loaded in front of the C library (LD_PRELOAD) and stands between SQLite and the kernel. POWERCUT_FOLDER is the
 * folder, as SQLite names it (absolute, no links); POWERCUT_LOG is the file the record goes to, outside of it. Each
 * entry is four 64-bit numbers (what, descriptor, offset or size, length of what follows) and then the bytes that were
 * written, or the name of the file within the folder. What failed is not recorded: it has not happened.
 *
 * Shared memory (-shm) is left out: SQLite makes it anew after every crash, whatever stands in it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "offsets have 64 bits");

enum { DESCRIPTORS = 4096 };

static const char *folder;
static int record_fd = -1;
static char known[DESCRIPTORS];
/* Held from before a call until it is recorded: so the order of the record is the order of the calls. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

/* The function of that name which the process would have called without us. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWERCUT_LOG");
    folder = getenv("POWERCUT_FOLDER");
    if (folder && path) record_fd = REAL(open)(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void record(char what, int fd, int64_t at, const void *bytes, int64_t length) {
    int64_t head[4] = {what, fd, at, length};
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, (size_t)length}};
    if (writev(record_fd, parts, 2) != (ssize_t)sizeof head + length) abort();
}

/* The name within the folder, or NULL for what is of no interest. */
static const char *inside(const char *path) {
    size_t length = folder ? strlen(folder) : 0, whole = strlen(path);
    if (record_fd < 0 || strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
    return whole > 4 && strcmp(path + whole - 4, "-shm") == 0 ? NULL : path + length + 1;
}

static int is_known(int fd) { return fd >= 0 && fd < DESCRIPTORS && known[fd]; }

static int note_opened(int fd, const char *name, int flags) {
    if (fd >= DESCRIPTORS) abort();
    if (fd >= 0) {
        known[fd] = 1;
        record('o', fd, (flags & O_TRUNC) != 0, name, (int64_t)strlen(name));
    }
    return fd;
}

#define OPEN(name)                                                      \
    int name(const char *path, int flags, ...) {                        \
        va_list more;                                                   \
        va_start(more, flags);                                          \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                   \
        const char *within = inside(path);                              \
        if (!within) return REAL(name)(path, flags, mode);              \
        pthread_mutex_lock(&order);                                     \
        int fd = note_opened(REAL(name)(path, flags, mode), within, flags); \
        pthread_mutex_unlock(&order);                                   \
        return fd;                                                      \
    }

OPEN(open)
OPEN(open64)

int close(int fd) {
    if (!is_known(fd)) return REAL(close)(fd);
    pthread_mutex_lock(&order);
    known[fd] = 0;
    record('c', fd, 0, "", 0);
    int failed = REAL(close)(fd);
    pthread_mutex_unlock(&order);
    return failed;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (!is_known(fd)) return REAL(write)(fd, bytes, count);
    pthread_mutex_lock(&order);
    ssize_t done = REAL(write)(fd, bytes, count);
    if (done > 0) record('w', fd, lseek(fd, 0, SEEK_CUR) - done, bytes, done);
    pthread_mutex_unlock(&order);
    return done;
}

#define PWRITE(name)                                                        \
    ssize_t name(int fd, const void *bytes, size_t count, off_t at) {       \
        if (!is_known(fd)) return REAL(name)(fd, bytes, count, at);         \
        pthread_mutex_lock(&order);                                         \
        ssize_t done = REAL(name)(fd, bytes, count, at);                    \
        if (done > 0) record('w', fd, at, bytes, done);                     \
        pthread_mutex_unlock(&order);                                       \
        return done;                                                        \
    }

PWRITE(pwrite)
PWRITE(pwrite64)

#define TRUNCATE(name)                                          \
    int name(int fd, off_t size) {                              \
        if (!is_known(fd)) return REAL(name)(fd, size);         \
        pthread_mutex_lock(&order);                             \
        int failed = REAL(name)(fd, size);                      \
        if (!failed) record('t', fd, size, "", 0);              \
        pthread_mutex_unlock(&order);                           \
        return failed;                                          \
    }

TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                                              \
    int name(int fd) {                                          \
        if (!is_known(fd)) return REAL(name)(fd);               \
        pthread_mutex_lock(&order);                             \
        int failed = REAL(name)(fd);                            \
        if (!failed) record('s', fd, 0, "", 0);                 \
        pthread_mutex_unlock(&order);                           \
        return failed;                                          \
    }

SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    const char *within = inside(path);
    if (!within) return REAL(unlink)(path);
    pthread_mutex_lock(&order);
    int failed = REAL(unlink)(path);
    if (!failed) record('u', -1, 0, within, (int64_t)strlen(within));
    pthread_mutex_unlock(&order);
    return failed;
}
