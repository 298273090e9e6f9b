/* Records what a server does to its disk and says to its clients: preloaded into it, for tests alone.
 *
 * Every call that changes a file below $POWER_ROOT, every sync, and every byte that goes into a socket becomes a record in
 * $POWER_TRACE, in the order in which they took effect: the lock is held around the call and its record. A sync has two records,
 * since only what was written before it began is on disk when it ends. SQLite's shared memory (a mapped file that any
 * start makes anew) is left out.
 *
 * A record: its kind (1 byte), the descriptor (4), two numbers (8 each), the length of what follows (4), and that; little-endian. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, CLOSED, WRITTEN, CUT, BEGUN, SYNCED, RENAMED, UNLINKED, MADE, SENT, REMOVED };
enum { CREATED = 1, TRUNCATED = 2, FOLDER = 4 };
enum { MOST = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int trace = -1;
static unsigned char ours[MOST];

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWER_ROOT"), *file = getenv("POWER_TRACE");
    if (!folder || !file || strlen(folder) >= sizeof root) return;
    strcpy(root, folder);
    root_length = strlen(root);
    trace = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_inside(const char *path) {
    if (trace < 0 || strncmp(path, root, root_length) != 0) return 0;
    if (path[root_length] != '/' && path[root_length] != 0) return 0;
    size_t length = strlen(path);
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static int is_ours(int fd) { return fd >= 0 && fd < MOST && ours[fd]; }

static void put(unsigned char kind, int fd, uint64_t one, uint64_t other, const struct iovec *parts, int count,
                size_t length) {
    unsigned char head[25];
    int32_t descriptor = fd;
    uint32_t size = (uint32_t)length;
    head[0] = kind;
    memcpy(head + 1, &descriptor, 4);
    memcpy(head + 5, &one, 8);
    memcpy(head + 13, &other, 8);
    memcpy(head + 21, &size, 4);
    struct iovec all[1 + 64] = {{head, sizeof head}};
    int used = 1;
    for (int part = 0; part < count && used < 65 && length > 0; part++) {
        all[used] = parts[part];
        if (all[used].iov_len > length) all[used].iov_len = length;
        length -= all[used].iov_len;
        used++;
    }
    /* A trace with a hole proves nothing. */
    if (length > 0) abort();
    size_t wanted = sizeof head + size;
    if (syscall(SYS_writev, trace, all, used) != (long)wanted) abort();
}

static void put_path(unsigned char kind, int fd, uint64_t one, const char *path, const char *other) {
    size_t first = strlen(path), second = other ? strlen(other) : 0;
    struct iovec parts[2] = {{(void *)path, first}, {(void *)other, second}};
    put(kind, fd, one, first, parts, 2, first + second);
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    if (!is_inside(path)) return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int was_there = syscall(SYS_newfstatat, AT_FDCWD, path, &before, 0) == 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    int error = errno;
    if (fd >= 0) {
        if (fd >= MOST) abort();
        ours[fd] = 1;
        uint64_t what = 0;
        if (was_there && S_ISDIR(before.st_mode)) what |= FOLDER;
        if (!was_there) what |= CREATED;
        if (was_there && (flags & O_TRUNC) && before.st_size > 0) what |= TRUNCATED;
        put_path(OPENED, fd, what, path, NULL);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
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
    if (!is_ours(fd)) return (int)syscall(SYS_close, fd);
    pthread_mutex_lock(&lock);
    ours[fd] = 0;
    put(CLOSED, fd, 0, 0, NULL, 0, 0);
    int done = (int)syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
    return done;
}

/* Where the next byte goes: at the end of a file that is appended to. */
static off_t place(int fd) {
    int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    return (off_t)syscall(SYS_lseek, fd, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t at, int is_positioned) {
    if (count > 64) count = 64;
    pthread_mutex_lock(&lock);
    off_t where = is_positioned ? at : place(fd);
    ssize_t done = is_positioned ? (ssize_t)syscall(SYS_pwritev, fd, parts, count, where, 0)
                                 : (ssize_t)syscall(SYS_writev, fd, parts, count);
    int error = errno;
    if (done > 0) put(WRITTEN, fd, (uint64_t)where, 0, parts, count, (size_t)done);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int is_socket(int fd) {
    struct stat what;
    return trace >= 0 && syscall(SYS_fstat, fd, &what) == 0 && S_ISSOCK(what.st_mode);
}

/* The record comes before the bytes can be read, since a reader may answer at once. */
static ssize_t send_parts(int fd, const struct iovec *parts, int count, int flags) {
    if (count > 64) count = 64;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    pthread_mutex_lock(&lock);
    ssize_t done = (ssize_t)syscall(SYS_sendmsg, fd, &message, flags | MSG_DONTWAIT);
    int error = errno;
    if (done > 0) put(SENT, fd, 0, 0, parts, count, (size_t)done);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    if (is_ours(fd)) return write_parts(fd, &part, 1, 0, 0);
    if (is_socket(fd)) return send_parts(fd, &part, 1, 0);
    return (ssize_t)syscall(SYS_write, fd, bytes, length);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (is_ours(fd)) return write_parts(fd, parts, count, 0, 0);
    if (is_socket(fd)) return send_parts(fd, parts, count, 0);
    return (ssize_t)syscall(SYS_writev, fd, parts, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    struct iovec part = {(void *)bytes, length};
    if (is_ours(fd)) return write_parts(fd, &part, 1, at, 1);
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return pwrite(fd, bytes, length, at); }
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    struct iovec part = {(void *)bytes, length};
    if (trace >= 0) return send_parts(fd, &part, 1, flags);
    return (ssize_t)syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    if (trace >= 0 && message->msg_name == NULL && message->msg_controllen == 0)
        return send_parts(fd, message->msg_iov, (int)message->msg_iovlen, flags);
    return (ssize_t)syscall(SYS_sendmsg, fd, message, flags);
}

int ftruncate(int fd, off_t length) {
    if (!is_ours(fd)) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_ftruncate, fd, length);
    if (done == 0) put(CUT, fd, (uint64_t)length, 0, NULL, 0, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int sync_by(long call, int fd) {
    if (!is_ours(fd)) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    put(BEGUN, fd, 0, 0, NULL, 0, 0);
    pthread_mutex_unlock(&lock);
    int done = (int)syscall(call, fd);
    int error = errno;
    pthread_mutex_lock(&lock);
    if (done == 0) put(SYNCED, fd, 0, 0, NULL, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int fsync(int fd) { return sync_by(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }

int rename(const char *from, const char *to) {
    if (!is_inside(from) && !is_inside(to)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    int error = errno;
    if (done == 0) put_path(RENAMED, -1, 0, from, to);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int remove_at(const char *path, int flags, unsigned char kind) {
    if (!is_inside(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    int error = errno;
    if (done == 0) put_path(kind, -1, 0, path, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
int unlink(const char *path) { return remove_at(path, 0, UNLINKED); }
int rmdir(const char *path) { return remove_at(path, AT_REMOVEDIR, REMOVED); }
int unlinkat(int folder, const char *path, int flags) {
    if (folder == AT_FDCWD) return remove_at(path, flags, flags & AT_REMOVEDIR ? REMOVED : UNLINKED);
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    if (!is_inside(path)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    int error = errno;
    if (done == 0) put_path(MADE, -1, 0, path, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}
