// A crowd of viewers of rtmp://127.0.0.1:PORT/live/bench that count bytes and never look at them, nor copy them: for numbers that
// viewers in JavaScript have no time for. A viewer that gets as much as the stream has in that time is whole.
//
//   crowd PORT VIEWERS BYTES_PER_SECOND
//
// Prints a line when all have asked for the stream; then a byte on its standard input begins the measurement, and the end of that
// ends it, with a report.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  PACKET = 1536,
  MAX_IN_FLIGHT = 100,
  ACKNOWLEDGE_EVERY = 1000000,
};

// A viewer may be as far behind as servers merge writes, at the beginning or at the end.
static const double TOLERATED_SECONDS = 0.5, TOLERATED_SHARE = 0.01;

struct viewer {
  int socket, is_gone;
  uint64_t bytes, bytes_at_begin, acknowledged;
};

static struct viewer *viewers;
static int viewer_count, opened, greeted, epoll;

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void leave(struct viewer *viewer) {
  close(viewer->socket);
  viewer->is_gone = 1;
}

static void say(struct viewer *viewer, const void *bytes, size_t length) {
  if (send(viewer->socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length) leave(viewer);
}

static void join_in(int port) {
  struct viewer *viewer = &viewers[opened++];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  viewer->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(viewer->socket, (struct sockaddr *)&address, sizeof address)) {
    perror("crowd");
    exit(1);
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = viewer};
  epoll_ctl(epoll, EPOLL_CTL_ADD, viewer->socket, &event);
  static const char c0_c1[1 + PACKET] = {3};
  say(viewer, c0_c1, sizeof c0_c1);
}

// C2, `connect` and, without waiting for its answers, `createStream` and `play` on the first NetStream. Servers take them in turn.
static void ask_to_play(struct viewer *viewer) {
  static const char c2[PACKET];
  static const char commands[] =
      "\3\0\0\0\0\0\x5c\x14\0\0\0\0" "\2\0\7connect\0\x3f\xf0\0\0\0\0\0\0" "\3" "\0\3app\2\0\4live"
      "\0\5tcUrl\2\0\x15rtmp://127.0.0.1/live" "\0\x08" "flashVer\2\0\x0dLNX 9,0,124,2" "\0\0\x09"
      "\3\0\0\0\0\0\x19\x14\0\0\0\0" "\2\0\x0c" "createStream\0\x40\0\0\0\0\0\0\0" "\5"
      "\x08\0\0\0\0\0\x19\x14\1\0\0\0" "\2\0\4play\0\0\0\0\0\0\0\0\0" "\5" "\2\0\5bench";
  say(viewer, c2, sizeof c2);
  if (!viewer->is_gone) say(viewer, commands, sizeof commands - 1);
}

static void acknowledge(struct viewer *viewer) {
  uint8_t message[16] = {2, 0, 0, 0, 0, 0, 4, 3};
  for (int i = 0; i < 4; i++) message[12 + i] = viewer->bytes >> 8 * (3 - i);
  viewer->acknowledged = viewer->bytes;
  say(viewer, message, sizeof message);
}

static void read_all(struct viewer *viewer) {
  ssize_t length = recv(viewer->socket, NULL, 1 << 24, MSG_TRUNC | MSG_DONTWAIT);
  if (length <= 0) {
    leave(viewer);
    return;
  }
  uint64_t before = viewer->bytes;
  viewer->bytes += length;
  if (before < 1 + 2 * PACKET && viewer->bytes >= 1 + 2 * PACKET) {
    greeted++;
    ask_to_play(viewer);
  }
  if (!viewer->is_gone && viewer->bytes - viewer->acknowledged >= ACKNOWLEDGE_EVERY) acknowledge(viewer);
}

static void report(double elapsed, double cpu, double bytes_per_second) {
  double enough = bytes_per_second * (elapsed * (1 - TOLERATED_SHARE) - TOLERATED_SECONDS);
  uint64_t sum = 0;
  int whole = 0;
  for (int i = 0; i < viewer_count; i++) {
    uint64_t bytes = viewers[i].bytes - viewers[i].bytes_at_begin;
    sum += bytes;
    whole += !viewers[i].is_gone && bytes >= enough;
  }
  printf("{\"bytes\":%lu,\"whole\":%d,\"elapsedSeconds\":%.3f,\"cpuSeconds\":%.3f}\n", sum, whole, elapsed, cpu);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: crowd PORT VIEWERS BYTES_PER_SECOND\n");
    return 2;
  }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  viewer_count = atoi(argv[2]);
  viewers = calloc(viewer_count, sizeof *viewers);
  epoll = epoll_create1(0);
  struct epoll_event ready[256], orders = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &orders);
  double begin = 0, begin_cpu = 0;
  for (int has_told = 0;;) {
    while (opened < viewer_count && opened - greeted < MAX_IN_FLIGHT) join_in(atoi(argv[1]));
    int count = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < count; i++) {
      struct viewer *viewer = ready[i].data.ptr;
      char order;
      if (viewer) {
        read_all(viewer);
      } else if (read(STDIN_FILENO, &order, 1) == 1) {
        begin = seconds(CLOCK_MONOTONIC);
        begin_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int k = 0; k < viewer_count; k++) viewers[k].bytes_at_begin = viewers[k].bytes;
      } else {
        report(seconds(CLOCK_MONOTONIC) - begin, seconds(CLOCK_PROCESS_CPUTIME_ID) - begin_cpu, atof(argv[3]));
        return 0;
      }
    }
    if (has_told || greeted < viewer_count) continue;
    has_told = puts("all are there") != EOF && fflush(stdout) == 0;
  }
}
