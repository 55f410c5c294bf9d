/* rtt_proxy: a loopback TCP proxy that counts round trips and can add latency.
 *
 *   rtt_proxy LISTEN_PORT TARGET_PORT LOGFILE [DELAY_US]
 *
 * Both ports are on 127.0.0.1. DELAY_US is added in each direction (so a round trip
 * costs twice that); chunks are queued with a due time, so pipelined traffic is
 * delayed once and not chunk after chunk. A line {"open":1} goes to LOGFILE when
 * it accepts a connection ({"open":0} once it listens), and one when that ends:
 * {"turns":n,"out":bytes,"in":bytes}, where a turn is an answer of the server to a
 * burst of the client: the round trips that latency multiplies (the farewell has none).
 * Ends on SIGTERM.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct Chunk { struct Chunk *next; long long due; size_t size, done; char data[]; } Chunk;
typedef struct { Chunk *first, **last; int from, to, closed; } Pipe;

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void note(const char *log, const char *line) {
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0 || write(fd, line, strlen(line)) < 0) perror(log);
    if (fd >= 0) close(fd);
}

static void serve(int client, int port, const char *log, long long delay) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (connect(server, (struct sockaddr *)&to, sizeof to)) _exit(1);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(server, F_SETFL, O_NONBLOCK);
    fcntl(client, F_SETFL, O_NONBLOCK);
    Pipe way[2] = {{.from = client, .to = server}, {.from = server, .to = client}};
    way[0].last = &way[0].first;
    way[1].last = &way[1].first;
    long long bytes[2] = {0, 0}, turns = 0;
    int speaker = 1;
    static char buf[1 << 16];
    while (!(way[0].closed && !way[0].first) && !(way[1].closed && !way[1].first)) {
        long long wait = -1, t = now_ns();
        struct pollfd fds[4];
        for (int i = 0; i < 2; i++) {
            Pipe *p = &way[i];
            int due = p->first && p->first->due <= t;
            if (p->first && !due && (wait < 0 || p->first->due - t < wait)) wait = p->first->due - t;
            fds[2 * i] = (struct pollfd){.fd = p->closed ? -1 : p->from, .events = POLLIN};
            fds[2 * i + 1] = (struct pollfd){.fd = due ? p->to : -1, .events = POLLOUT};
        }
        struct timespec ts = {wait / 1000000000LL, wait % 1000000000LL};
        if (ppoll(fds, 4, wait < 0 ? NULL : &ts, NULL) < 0 && errno != EINTR) break;
        t = now_ns();
        for (int i = 0; i < 2; i++) {
            Pipe *p = &way[i];
            if (fds[2 * i].revents) {
                ssize_t got = read(p->from, buf, sizeof buf);
                if (got > 0) {
                    Chunk *c = malloc(sizeof *c + got);
                    *c = (Chunk){.due = t + delay, .size = got};
                    memcpy(c->data, buf, got);
                    *p->last = c;
                    p->last = &c->next;
                    bytes[i] += got;
                    if (i == 1 && speaker == 0) turns++;
                    speaker = i;
                } else if (got == 0 || errno != EAGAIN) p->closed = 1;
            }
            while (p->first && p->first->due <= t) {
                Chunk *c = p->first;
                ssize_t put = write(p->to, c->data + c->done, c->size - c->done);
                if (put < 0) { if (errno != EAGAIN) p->closed = 1; break; }
                if ((c->done += put) < c->size) break;
                if (!(p->first = c->next)) p->last = &p->first;
                free(c);
            }
        }
    }
    char line[128];
    snprintf(line, sizeof line, "{\"turns\":%lld,\"out\":%lld,\"in\":%lld}\n", turns, bytes[0], bytes[1]);
    note(log, line);
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: rtt_proxy LISTEN_PORT TARGET_PORT LOGFILE [DELAY_US]\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 64)) { perror("rtt_proxy"); return 1; }
    note(argv[3], "{\"open\":0}\n");
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0) continue;
        note(argv[3], "{\"open\":1}\n");
        if (fork() == 0) { close(fd); serve(client, atoi(argv[2]), argv[3], argc > 4 ? atoll(argv[4]) * 1000 : 0); }
        close(client);
    }
}
