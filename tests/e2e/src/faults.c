/* A disk that fails when a test says so: preloaded into the server, for tests alone.
 *
 * $FAULTS_ROOT is the folder whose files are meant, $FAULTS a file of eight numbers (32 bits each, in this machine's order) that the
 * test changes while the server runs: the errno of what writes, the errno of syncs (both 0 where nothing fails), how many
 * milliseconds a sync takes before anything else (the largest number: until it is let go), a mask of the files that are meant (see
 * below), the errno of what reads, whether the thread that makes changes reads all the same, how many of the syncs that were held
 * are let go, and, written here, how many came to be held. A
 * sync that is to fail is not made. SQLite's shared memory, which is no file for it but memory, is left out.
 *
 * $FAULTS_MEMORY, where it is there, is a file at whose end everything is written down that says what the disk would hold if the
 * system forgot what a failed sync should have written: before a write the blocks that it changes as they were, and of each sync
 * how it ended. `faults.rs` reads it. Names are not forgotten. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WAL = 1, DATABASE = 2, OTHERS = 4 };
enum { MOST = 65536 };
struct faults {
    volatile uint32_t writes, syncs, delay, files, reads, spared, let_go, came;
};
static const uint32_t HELD = UINT32_MAX;

static char root[PATH_MAX];
static size_t root_length;
static struct faults *faults;
/* What kind of file each descriptor is; 0 where it is none of those. Where things are written down, also what it is called. */
static unsigned char kinds[MOST];
static char *names[MOST];
static int memory = -1;

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FAULTS_ROOT"), *file = getenv("FAULTS");
    if (!folder || !file || strlen(folder) >= sizeof root) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED) abort();
    strcpy(root, folder);
    root_length = strlen(root);
    faults = mapped;
    const char *remembered = getenv("FAULTS_MEMORY");
    if (!remembered) return;
    memory = (int)syscall(SYS_openat, AT_FDCWD, remembered, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (memory < 0) abort();
}

/* The unit in which a system writes and forgets. */
enum { BLOCK = 4096 };
enum { WRITES = 1, CUT = 2, SYNCED = 3, FAILED = 4, MOVED = 5 };
/* What is written down: this, the name, and the bytes. */
struct note {
    uint32_t what, name, bytes, none;
    uint64_t at;
};

static void note(uint32_t what, const char *name, uint64_t at, const void *bytes, size_t length) {
    struct note head = {what, (uint32_t)strlen(name), (uint32_t)length, 0, at};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)name, strlen(name)}, {(void *)bytes, length}};
    /* In the middle of a file opened to be appended to, nobody else's note comes. */
    if (syscall(SYS_writev, memory, parts, 3) != (long)(sizeof head + strlen(name) + length)) abort();
}

/* What is about to be written over. */
static void remember(int fd, uint64_t at, size_t length) {
    if (memory < 0 || fd < 0 || fd >= MOST || !names[fd] || !length) return;
    uint64_t begin = at / BLOCK * BLOCK, end = (at + length + BLOCK - 1) / BLOCK * BLOCK;
    char *blocks = malloc(end - begin);
    if (!blocks) abort();
    /* The descriptor may be one for writing alone. */
    int reader = (int)syscall(SYS_openat, AT_FDCWD, names[fd], O_RDONLY | O_CLOEXEC, 0);
    if (reader < 0) abort();
    long there = syscall(SYS_pread64, reader, blocks, end - begin, begin);
    syscall(SYS_close, reader);
    if (there < 0) abort();
    memset(blocks + there, 0, end - begin - (size_t)there);
    note(WRITES, names[fd], begin, blocks, end - begin);
    free(blocks);
}

static void remember_cut(int fd, uint64_t length) {
    if (memory >= 0 && fd >= 0 && fd < MOST && names[fd]) note(CUT, names[fd], length, NULL, 0);
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
    if (fd >= 0 && what && memory >= 0) {
        char *name = strdup(path);
        if (!name) abort();
        free(names[fd]);
        names[fd] = name;
        struct stat after;
        if (flags & O_TRUNC || (syscall(SYS_fstat, fd, &after) == 0 && S_ISREG(after.st_mode) && !after.st_size)) remember_cut(fd, 0);
    }
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
    if (fd >= 0 && fd < MOST) {
        kinds[fd] = 0;
        free(names[fd]);
        names[fd] = NULL;
    }
    return (int)syscall(SYS_close, fd);
}

/* Where the next write goes. */
static uint64_t place(int fd) {
    int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    return (uint64_t)syscall(SYS_lseek, fd, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fails(kind(fd))) return -1;
    if (kind(fd)) remember(fd, place(fd), length);
    return (ssize_t)syscall(SYS_write, fd, bytes, length);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fails(kind(fd))) return -1;
    size_t length = 0;
    for (int part = 0; part < count; part++) length += parts[part].iov_len;
    if (kind(fd)) remember(fd, place(fd), length);
    return (ssize_t)syscall(SYS_writev, fd, parts, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    if (fails(kind(fd))) return -1;
    remember(fd, (uint64_t)at, length);
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return pwrite(fd, bytes, length, at); }

/* Whether this is the thread that makes changes. */
static int is_the_writer(void) {
    char name[16] = "";
    return syscall(SYS_prctl, PR_GET_NAME, name, 0, 0, 0) == 0 && strcmp(name, "koine-writer") == 0;
}

/* Whether reading such a file fails now: then errno says why. */
static int is_unreadable(unsigned char what) {
    if (!what || !(what & faults->files) || !faults->reads) return 0;
    if (faults->spared && is_the_writer()) return 0;
    errno = (int)faults->reads;
    return 1;
}

ssize_t read(int fd, void *bytes, size_t length) {
    return is_unreadable(kind(fd)) ? -1 : (ssize_t)syscall(SYS_read, fd, bytes, length);
}
ssize_t readv(int fd, const struct iovec *parts, int count) {
    return is_unreadable(kind(fd)) ? -1 : (ssize_t)syscall(SYS_readv, fd, parts, count);
}
ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
    return is_unreadable(kind(fd)) ? -1 : (ssize_t)syscall(SYS_pread64, fd, bytes, length, at);
}
ssize_t pread64(int fd, void *bytes, size_t length, off_t at) { return pread(fd, bytes, length, at); }

/* To make a file shorter needs no room. */
int ftruncate(int fd, off_t length) {
    struct stat now;
    int grows = syscall(SYS_fstat, fd, &now) == 0 && now.st_size < length;
    if (grows && fails(kind(fd))) return -1;
    if (!grows) remember_cut(fd, (uint64_t)length);
    return (int)syscall(SYS_ftruncate, fd, length);
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

/* For as long as syncs are to take so long, which may become less meanwhile. */
static void wait(void) {
    struct timespec step = {0, 10000000};
    if (faults->delay == HELD) {
        uint32_t place = __atomic_fetch_add(&faults->came, 1, __ATOMIC_SEQ_CST);
        while (faults->delay == HELD && place >= faults->let_go) nanosleep(&step, NULL);
        return;
    }
    for (uint32_t waited = 0; waited < faults->delay; waited += 10) nanosleep(&step, NULL);
}

static int sync_by(long call, int fd) {
    unsigned char what = kind(fd);
    const char *name = memory >= 0 && fd >= 0 && fd < MOST ? names[fd] : NULL;
    if (what && (what & faults->files)) {
        wait();
        if (faults->syncs) {
            errno = (int)faults->syncs;
            if (name) note(FAILED, name, 0, NULL, 0);
            errno = (int)faults->syncs;
            return -1;
        }
    }
    int ended = (int)syscall(call, fd);
    if (name && ended == 0) note(SYNCED, name, 0, NULL, 0);
    return ended;
}
int fsync(int fd) { return sync_by(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }

int rename(const char *from, const char *to) {
    if (fails(kind_of(to))) return -1;
    int moved = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (moved == 0 && memory >= 0 && kind_of(from) && kind_of(to)) note(MOVED, from, 0, to, strlen(to));
    return moved;
}
int mkdir(const char *path, mode_t mode) {
    struct stat before;
    int is_new = syscall(SYS_newfstatat, AT_FDCWD, path, &before, 0) != 0;
    if (is_new && fails(kind_of(path))) return -1;
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
