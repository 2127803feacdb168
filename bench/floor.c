// What the kernel alone costs: starts the same children with posix_spawn, waits for them with waitpid, and starts again the
// one that has ended. Nothing else. Usage: floor COUNT FIRST_PORT|0 STUBBORN WORKLOAD FIFO [session]
// With the last word each child leads a session of its own, as the daemons of every supervisor do.
// The first STUBBORN ignore SIGTERM. SIGTERM ends it: SIGTERM to all, SIGKILL after two seconds to those that are left.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char **arguments;
static posix_spawnattr_t attributes;
static pid_t *children;
static int count, alive;
static volatile sig_atomic_t ending;

static void start(int i) {
    char id[16], port[16];
    int first_port = atoi(arguments[2]);
    snprintf(id, sizeof id, "%d", i);
    snprintf(port, sizeof port, "%d", first_port == 0 ? 0 : first_port + i);
    char *child[] = {arguments[4], arguments[5], id, port, i < atoi(arguments[3]) ? "stubborn" : NULL, NULL};
    if (posix_spawn(&children[i], arguments[4], NULL, &attributes, child, environ) != 0) exit(1);
    alive++;
}

static void signal_all(int number) {
    for (int i = 0; i < count; i++)
        if (children[i] > 0) kill(children[i], number);
}

static void end(int number) {
    signal_all(number == SIGALRM ? SIGKILL : SIGTERM);
    if (number != SIGALRM) alarm(2);
    ending = 1;
}

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    arguments = argv;
    count = atoi(argv[1]);
    children = calloc(count, sizeof *children);
    posix_spawnattr_init(&attributes);
    if (argc > 6 && strcmp(argv[6], "session") == 0) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    for (int i = 0; i < count; i++) start(i);
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    while (!ending || alive > 0) {
        pid_t ended = waitpid(-1, NULL, 0);
        for (int i = 0; ended > 0 && i < count; i++)
            if (children[i] == ended) {
                alive--;
                children[i] = 0;
                if (!ending) start(i);
            }
    }
    return 0;
}
