// What health checks alone cost: asks each of N services once a second, at a phase of its own, over a connection of its own,
// and does nothing else. One thread, one wait; what is due next stands in a heap.
// Usage: check_floor COUNT FIRST_PORT [GRID]. With a GRID, in milliseconds, all deadlines are rounded up to it, so that what is
// due within one step of the grid wakes it once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static struct deadline { int64_t at; int service; } *heap;  // one for each service, so its size never changes
static struct pollfd *open_sockets;                         // the checks that wait for an answer
static int *service_of, *place_of;                          // of open_sockets the service, and of a service its place there, or -1
static int count, first_port, in_flight;
static int64_t grid = 1;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

static int64_t due(void) { return (heap[0].at + grid - 1) / grid * grid; }

// The first of the heap gets a later deadline.
static void put_off(void) {
    struct deadline moved = {heap[0].at + SECOND, heap[0].service};
    int hole = 0;
    for (int child; (child = 2 * hole + 1) < count; hole = child) {
        if (child + 1 < count && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= moved.at) break;
        heap[hole] = heap[child];
    }
    heap[hole] = moved;
}

static void finish(int place) {
    close(open_sockets[place].fd);
    place_of[service_of[place]] = -1;
    if (place == --in_flight) return;
    open_sockets[place] = open_sockets[in_flight];
    service_of[place] = service_of[in_flight];
    place_of[service_of[place]] = place;
}

static void ask(int place) {
    char request[128];
    int length = snprintf(request, sizeof request, "GET /health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n",
                          first_port + service_of[place]);
    if (send(open_sockets[place].fd, request, length, MSG_NOSIGNAL) == length) open_sockets[place].events = POLLIN;
    else finish(place);
}

static void begin(int service) {
    if (place_of[service] >= 0) finish(place_of[service]);  // it did not answer in its second
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(first_port + service), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int socket_of_check = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_of_check < 0) exit(1);
    int connected = connect(socket_of_check, (struct sockaddr *)&address, sizeof address) == 0;
    if (!connected && errno != EINPROGRESS) {
        close(socket_of_check);
        return;
    }
    int place = in_flight++;
    open_sockets[place] = (struct pollfd){.fd = socket_of_check, .events = POLLOUT};
    service_of[place] = service;
    place_of[service] = place;
    if (connected) ask(place);
}

static void receive(int place) {
    char answer[4096];
    if (recv(open_sockets[place].fd, answer, sizeof answer, 0) < 0 && errno == EAGAIN) return;
    finish(place);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    count = atoi(argv[1]);
    first_port = atoi(argv[2]);
    if (argc > 3) grid = atoi(argv[3]) * (int64_t)1000000;
    heap = calloc(count, sizeof *heap);
    open_sockets = calloc(count, sizeof *open_sockets);
    service_of = calloc(count, sizeof *service_of);
    place_of = calloc(count, sizeof *place_of);
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        heap[i] = (struct deadline){start + (int64_t)SECOND * i / count, i};  // in order, so it is a heap
        place_of[i] = -1;
    }
    for (;;) {
        int64_t left = due() - now();
        struct timespec timeout = {left > 0 ? left / SECOND : 0, left > 0 ? left % SECOND : 0};
        int ready = ppoll(open_sockets, in_flight, &timeout, NULL);
        for (int place = in_flight - 1; ready > 0 && place >= 0; place--) {  // from the end, for finish() moves the last
            if (open_sockets[place].revents == 0) continue;
            ready--;
            if (open_sockets[place].events == POLLOUT) ask(place);
            else receive(place);
        }
        for (int64_t time = now(); due() <= time; put_off()) begin(heap[0].service);
    }
}
