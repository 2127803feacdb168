// The health endpoints of many services in one process, which is none of the supervisor's: answers on COUNT ports with 200.
// Usage: endpoints FIFO FIRST_PORT COUNT. Says on stdout when it listens on all. The first answer on each port is told in the
// FIFO, as workload.c tells it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int fifo, poll_set;
static char *answered;  // of each port, whether it was told

static void tell(int service) {
    struct timespec now;
    char line[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(line, sizeof line, "H %d %d %lld\n", service, getpid(), now.tv_sec * 1000000000LL + now.tv_nsec);
    if (write(fifo, line, length) != length) exit(3);
    answered[service] = 1;
}

// What is ready is told by its service, whether it is a listener, and its descriptor.
static void watch(int service, int listens, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)service << 33 | (uint64_t)listens << 32 | (unsigned)descriptor};
    if (epoll_ctl(poll_set, EPOLL_CTL_ADD, descriptor, &event) != 0) exit(5);
}

static void listen_on(int port, int service) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), reuse = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) exit(4);
    watch(service, 1, listener);
}

// Whether the connection is done with.
static int answer(int connection, int service) {
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char request[4096];
    ssize_t length = recv(connection, request, sizeof request, 0);
    if (length < 0 && errno == EAGAIN) return 0;
    if (length > 0 && send(connection, text, sizeof text - 1, MSG_NOSIGNAL) > 0 && !answered[service]) tell(service);
    close(connection);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    int first_port = atoi(argv[2]), count = atoi(argv[3]);
    fifo = open(argv[1], O_WRONLY | O_CLOEXEC);
    poll_set = epoll_create1(EPOLL_CLOEXEC);
    answered = calloc(count, 1);
    for (int i = 0; i < count; i++) listen_on(first_port + i, i);
    puts("listening");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll_set, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            uint64_t key = events[i].data.u64;
            int service = (int)(key >> 33), listens = key >> 32 & 1, descriptor = (int)(key & 0xFFFFFFFF);
            int connection = listens ? accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : descriptor;
            if (connection >= 0 && !answer(connection, service) && listens) watch(service, 0, connection);
        }
    }
}
