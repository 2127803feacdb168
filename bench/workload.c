// The work that every supervisor is given alike: waits, and with a PORT answers GET /health with 200.
// Usage: workload FIFO ID PORT|0 [stubborn]. SIGTERM ends it unless it is stubborn; SIGUSR1 hangs it: connections are
// accepted (by the kernel) and never answered.
// It tells when it was born (B), was asked to end (T) and answered for the first time (H), each a line in the FIFO with the
// monotonic clock in nanoseconds. The clock is read here, so it does not matter when somebody reads the line.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int fifo, stubborn;
static const char *id;

static void tell(char what) {
    struct timespec now;
    char line[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(line, sizeof line, "%c %s %d %lld\n", what, id, getpid(), now.tv_sec * 1000000000LL + now.tv_nsec);
    if (write(fifo, line, length) != length) _exit(3);
}

static void asked_to_end(int signal) {
    (void)signal;
    tell('T');
    if (!stubborn) _exit(0);
}

static void hang(int signal) {
    (void)signal;
    for (;;) pause();
}

static void serve(int port) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reuse = 1, answered = 0;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) _exit(4);
    for (;;) {
        char request[4096];
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) continue;
        ssize_t length = read(connection, request, sizeof request - 1);
        request[length > 0 ? length : 0] = 0;
        if (strncmp(request, "GET /health ", 12) == 0 && write(connection, answer, sizeof answer - 1) > 0 && !answered++) tell('H');
        close(connection);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    fifo = open(argv[1], O_WRONLY | O_CLOEXEC);
    id = argv[2];
    stubborn = argc > 4;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, asked_to_end);
    signal(SIGUSR1, hang);
    tell('B');
    if (atoi(argv[3]) != 0) serve(atoi(argv[3]));
    for (;;) pause();
}
