// The floor of fan-out: sends so many bytes a second to every connection, with one send() for each in every window, and
// does nothing else. What a server spends above this is its own.
//
//   floor PORT WINDOW_MS BYTES_PER_SECOND

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 20000, MAX_WINDOW_BYTES = 1 << 22 };

static int connections[MAX_CONNECTIONS];
static char payload[MAX_WINDOW_BYTES];

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: floor PORT WINDOW_MS BYTES_PER_SECOND\n");
    return 2;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  long window_us = atol(argv[2]) * 1000;
  size_t bytes = (size_t)(atof(argv[3]) * (double)window_us / 1e6);
  if (bytes > sizeof payload) bytes = sizeof payload;

  int yes = 1, count = 0, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, MAX_CONNECTIONS)) {
    perror("floor");
    return 1;
  }
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (;;) {
    for (int peer; count < MAX_CONNECTIONS && (peer = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;)
      connections[count++] = peer;
    for (int i = 0; i < count; i++) send(connections[i], payload, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    next.tv_nsec += window_us * 1000;
    next.tv_sec += next.tv_nsec / 1000000000;
    next.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, 0);
  }
}
