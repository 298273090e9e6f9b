/* A disk that fails when a test says so: preloaded into the server, for tests alone.
 *
 * $FAULTS_ROOT is the folder whose files are meant, $FAULTS a file of four numbers (32 bits each, in this machine's order) that the
 * test changes while the server runs: the errno of what writes, the errno of syncs (both 0 where nothing fails), how many
 * milliseconds a sync takes before anything else, and a mask of the files that are meant (see below). A sync that is to
 * fail is not made. SQLite's shared memory, which is no file for it but memory, is left out. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WAL = 1, DATABASE = 2, OTHERS = 4 };
enum { MOST = 65536 };
struct faults {
    volatile uint32_t writes, syncs, delay, files;
};

static char root[PATH_MAX];
static size_t root_length;
static struct faults *faults;
/* What kind of file each descriptor is; 0 where it is none of those. */
static unsigned char kinds[MOST];

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FAULTS_ROOT"), *file = getenv("FAULTS");
    if (!folder || !file || strlen(folder) >= sizeof root) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, sizeof *faults, PROT_READ, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED) abort();
    strcpy(root, folder);
    root_length = strlen(root);
    faults = mapped;
}

static int ends(const char *path, const char *with) {
    size_t length = strlen(path), wanted = strlen(with);
    return length >= wanted && strcmp(path + length - wanted, with) == 0;
}

static unsigned char kind_of(const char *path) {
    if (!faults || strncmp(path, root, root_length) != 0) return 0;
    if (path[root_length] != '/' && path[root_length] != 0) return 0;
    if (ends(path, "-shm")) return 0;
    if (ends(path, ".db-wal")) return WAL;
    return ends(path, ".db") ? DATABASE : OTHERS;
}

static unsigned char kind(int fd) { return fd >= 0 && fd < MOST ? kinds[fd] : 0; }

/* Whether something that writes into such a file fails now: then errno says why. */
static int fails(unsigned char what) {
    if (!what || !(what & faults->files) || !faults->writes) return 0;
    errno = (int)faults->writes;
    return 1;
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    unsigned char what = kind_of(path);
    if (what && (flags & (O_CREAT | O_TRUNC))) {
        struct stat before;
        int is_new = syscall(SYS_newfstatat, AT_FDCWD, path, &before, 0) != 0;
        if (is_new && fails(what)) return -1;
    }
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= MOST) abort();
    if (fd >= 0) kinds[fd] = what;
    return fd;
}

#define MODE                                            \
    mode_t mode = 0;                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                \
        va_list rest;                                   \
        va_start(rest, flags);                          \
        mode = (mode_t)va_arg(rest, int);               \
        va_end(rest);                                   \
    }

int open(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) {
    MODE return open_at(folder, path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < MOST) kinds[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fails(kind(fd))) return -1;
    return (ssize_t)syscall(SYS_write, fd, bytes, length);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fails(kind(fd))) return -1;
    return (ssize_t)syscall(SYS_writev, fd, parts, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    if (fails(kind(fd))) return -1;
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return pwrite(fd, bytes, length, at); }

/* To make a file shorter needs no room. */
int ftruncate(int fd, off_t length) {
    struct stat now;
    int grows = syscall(SYS_fstat, fd, &now) == 0 && now.st_size < length;
    if (grows && fails(kind(fd))) return -1;
    return (int)syscall(SYS_ftruncate, fd, length);
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int sync_by(long call, int fd) {
    unsigned char what = kind(fd);
    if (what && (what & faults->files)) {
        uint32_t delay = faults->delay;
        struct timespec time = {delay / 1000, (long)(delay % 1000) * 1000000};
        if (delay) nanosleep(&time, NULL);
        if (faults->syncs) {
            errno = (int)faults->syncs;
            return -1;
        }
    }
    return (int)syscall(call, fd);
}
int fsync(int fd) { return sync_by(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }

int rename(const char *from, const char *to) {
    if (fails(kind_of(to))) return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int mkdir(const char *path, mode_t mode) {
    struct stat before;
    int is_new = syscall(SYS_newfstatat, AT_FDCWD, path, &before, 0) != 0;
    if (is_new && fails(kind_of(path))) return -1;
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
