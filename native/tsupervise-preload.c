/*
 * Makes an unchanged program register its processes with an orphan reaper (orphand's wire protocol):
 * when the parent of a registered process dies, the reaper ends the process.
 *
 *   cc -O2 -fPIC -shared -Wall -Wextra -Werror -Wl,-z,now -o tsupervise-preload.so tsupervise-preload.c
 *   ORPHAND_SOCKET=/absolute/path-or-@name LD_PRELOAD=$PWD/tsupervise-preload.so PROGRAM
 *
 * No function is wrapped: each process speaks for itself, when it was forked and again when it has
 * executed a program (vfork, posix_spawn, system and popen show only there). The repeated message names
 * the same pair, which the reaper knows already; nothing that survives execve(2) could tell us to keep quiet.
 *
 * Each message has a connection of its own, closed at once: the kernel vouches for the pid and the effective
 * user at connect(2), so an inherited connection would speak for somebody else, and one that stays open would
 * take a descriptor of the program. ORPHAND_DEBUG (not empty) prints a line for each attempt to stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ACTION_REGISTER = 1,
    /* Only while the listener's backlog is full: with no listener connect(2) fails at once. */
    MAX_WAIT_MICROSECONDS = 100000,
    MAX_ATTEMPTS = 3
};

/* Written once, before main(): a forked child may not ask getenv(3), which is not async-signal-safe. */
static struct sockaddr_un listener;
static socklen_t listener_size;
static int debug;

/* The process that forks. Threads that fork at once all store the same number. */
static atomic_int forking;

static char *append(char *end, const char *text)
{
    while (*text != '\0')
        *end++ = *text++;
    return end;
}

static char *append_number(char *end, unsigned number)
{
    char digits[10];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *end++ = digits[--count];
    return end;
}

/* One line in one write(2), without stdio. */
static void print(const char *line, size_t length)
{
    if (syscall(SYS_write, STDERR_FILENO, line, length) < 0)
        return; /* there is nobody left to tell */
}

/* `failed` names a system call, or is null. */
static void report(pid_t parent, pid_t child, const char *failed, int error)
{
    char line[128];
    char *end = append(line, "tsupervise-preload: ");
    end = append_number(append(end, "child "), (unsigned)child);
    end = append_number(append(end, " of parent "), (unsigned)parent);
    end = append(end, failed == NULL ? ": registered" : ": not registered, ");
    if (failed != NULL)
        end = append_number(append(append(end, failed), " failed with errno "), (unsigned)error);
    *end++ = '\n';
    print(line, (size_t)(end - line));
}

static int connect_to_listener(long connection)
{
    for (int attempt = 1;; attempt++) {
        if (syscall(SYS_connect, connection, &listener, listener_size) == 0)
            return 0;
        if (errno != EINTR || attempt == MAX_ATTEMPTS)
            return -1;
    }
}

/*
 * The name of the system call that failed, with its errno, or null. Made by syscall(2): unlike the functions of
 * that name it is no cancellation point, and no other preloaded library (a SOCKS wrapper, say) sees it.
 */
static const char *deliver(const uint32_t message[3], size_t size)
{
    const struct timeval patience = {.tv_sec = 0, .tv_usec = MAX_WAIT_MICROSECONDS};
    const char *failed = NULL;
    const long connection = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return "socket";
    if (syscall(SYS_setsockopt, connection, SOL_SOCKET, SO_SNDTIMEO, &patience, (socklen_t)sizeof patience) != 0)
        failed = "setsockopt";
    else if (connect_to_listener(connection) != 0)
        failed = "connect";
    else if (syscall(SYS_sendto, connection, message, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) != (long)size)
        failed = "send";
    const int error = errno;
    syscall(SYS_close, connection);
    errno = error;
    return failed;
}

/* Async-signal-safe: it runs in the child of a fork, which may come from any thread or signal handler. */
static void register_with(pid_t parent)
{
    /* Nothing outlives pid 1. The parent 0 is in another pid namespace, where our numbers mean others. */
    if (parent <= 1 || getppid() == 0)
        return;
    const int program_errno = errno;
    const pid_t child = getpid();
    const uint32_t message[3] = {(uint32_t)parent, (uint32_t)child, ACTION_REGISTER};
    const char *failed = deliver(message, sizeof message);
    /* After the connection is closed: it may have had the number of a closed stderr. */
    if (debug)
        report(parent, child, failed, errno);
    errno = program_errno;
}

static void before_fork(void)
{
    atomic_store_explicit(&forking, getpid(), memory_order_relaxed);
}

/* Not getppid(): if the parent has died meanwhile, that is whoever adopted this process. */
static void in_forked_child(void)
{
    register_with(atomic_load_explicit(&forking, memory_order_relaxed));
}

/* `@name` is an abstract address, without a NUL at its end; anything else is a path, with one. */
static int take_address(const char *name)
{
    const size_t length = strlen(name);
    const int abstract = name[0] == '@';
    const size_t used = abstract ? length : length + 1;
    if (length == 0 || used > sizeof listener.sun_path)
        return 0;
    listener.sun_family = AF_UNIX;
    memcpy(listener.sun_path, name, length);
    if (abstract)
        listener.sun_path[0] = '\0';
    listener_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + used);
    return 1;
}

/* secure_getenv: preloaded for the whole system, it still does nothing in set-user-id programs. */
__attribute__((constructor)) static void start(void)
{
    const int program_errno = errno;
    const char *name = secure_getenv("ORPHAND_SOCKET");
    const char *wanted = secure_getenv("ORPHAND_DEBUG");
    debug = wanted != NULL && wanted[0] != '\0';
    if (name != NULL && take_address(name)) {
        register_with(getppid());
        pthread_atfork(before_fork, NULL, in_forked_child);
    } else if (debug) {
        static const char unusable[] = "tsupervise-preload: ORPHAND_SOCKET is not set, or empty, or longer than an address may be\n";
        print(unusable, sizeof unusable - 1);
    }
    errno = program_errno;
}
