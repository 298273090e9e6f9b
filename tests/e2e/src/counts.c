/* What the server asks of the C library and the system, counted: preloaded into it, for tests alone.
 *
 * $COUNTS is a file of numbers (64 bits each, in this machine's order), which go up while the server runs: see `counts.rs` for what
 * they are. Only calls that the program and its libraries make by the C library's names are seen, which are all that matter here:
 * what the C library asks for itself is not. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ALLOCATIONS, BYTES, RECEIVED, SENT, READ, WRITTEN, SYNCED, WAITED, WOKEN, KINDS };

/* Until the file is there, it is counted here, and forgotten. */
static uint64_t nowhere[KINDS];
static uint64_t *counts = nowhere;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("COUNTS");
    if (!file) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED) abort();
    counts = mapped;
}

static void add(int kind, uint64_t number) { __atomic_fetch_add(&counts[kind], number, __ATOMIC_RELAXED); }

static void allocated(size_t bytes) {
    add(ALLOCATIONS, 1);
    add(BYTES, bytes);
}

/* glibc's own names for what it does. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    allocated(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    allocated(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    allocated(size);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocated(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    allocated(size);
    void *made = __libc_memalign(alignment, size);
    if (!made) return ENOMEM;
    *place = made;
    return 0;
}

/* The system calls are made anew, so that nothing of the C library's is called that would have to be found first. */

ssize_t recv(int fd, void *buffer, size_t length, int flags) {
    add(RECEIVED, 1);
    return syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    add(RECEIVED, 1);
    return syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags) {
    add(SENT, 1);
    return syscall(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    add(SENT, 1);
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* Which of three it is for a descriptor: a socket, a file, or what wakes a thread that waits. */
static int by(int fd, int socket, int file) {
    struct stat found;
    int saved = errno, known = fstat(fd, &found) == 0, kind = WOKEN;
    errno = saved;
    if (known && S_ISSOCK(found.st_mode)) kind = socket;
    if (known && S_ISREG(found.st_mode)) kind = file;
    return kind;
}

ssize_t read(int fd, void *buffer, size_t length) {
    add(by(fd, RECEIVED, READ), 1);
    return syscall(SYS_read, fd, buffer, length);
}

ssize_t readv(int fd, const struct iovec *parts, int number) {
    add(by(fd, RECEIVED, READ), 1);
    return syscall(SYS_readv, fd, parts, number);
}

ssize_t write(int fd, const void *buffer, size_t length) {
    add(by(fd, SENT, WRITTEN), 1);
    return syscall(SYS_write, fd, buffer, length);
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    add(by(fd, SENT, WRITTEN), 1);
    return syscall(SYS_writev, fd, parts, number);
}

ssize_t pread64(int fd, void *buffer, size_t length, off64_t at) {
    add(READ, 1);
    return syscall(SYS_pread64, fd, buffer, length, at);
}

ssize_t pwrite64(int fd, const void *buffer, size_t length, off64_t at) {
    add(WRITTEN, 1);
    return syscall(SYS_pwrite64, fd, buffer, length, at);
}

int fsync(int fd) {
    add(SYNCED, 1);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    add(SYNCED, 1);
    return (int)syscall(SYS_fdatasync, fd);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    add(WAITED, 1);
    return (int)syscall(SYS_epoll_pwait, fd, events, most, timeout, NULL, 8);
}
