// The floor of fan-out: sends so many bytes a second to every connection, with one send() for each in every window, and
// does nothing else. What a server spends above this is its own.
//
//   floor PORT WINDOW_MS BYTES_PER_SECOND
//
// Compiled with -DTLS -lssl it does so inside TLS, and takes two more arguments: CERTIFICATE KEY.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 20000, MAX_WINDOW_BYTES = 1 << 22 };

static char payload[MAX_WINDOW_BYTES];

#ifdef TLS

#include <openssl/ssl.h>
#include <signal.h>

enum { ARGUMENTS = 5 };

typedef SSL *Peer;

static SSL_CTX *context;

static int prepare(char **files) {
  signal(SIGPIPE, SIG_IGN);
  context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return SSL_CTX_use_certificate_file(context, files[0], SSL_FILETYPE_PEM) == 1 &&
         SSL_CTX_use_PrivateKey_file(context, files[1], SSL_FILETYPE_PEM) == 1;
}

static int meet(int socket, Peer *peer) {
  *peer = SSL_new(context);
  if (SSL_set_fd(*peer, socket) == 1 && SSL_accept(*peer) == 1) return fcntl(socket, F_SETFL, O_NONBLOCK) == 0;
  SSL_free(*peer);
  close(socket);
  return 0;
}

static void give(Peer peer, size_t bytes) {
  for (int written; bytes > 0 && (written = SSL_write(peer, payload, bytes)) > 0;) bytes -= written;
}

#else

enum { ARGUMENTS = 3 };

typedef int Peer;

static int prepare(char **files) { return files != NULL; }

static int meet(int socket, Peer *peer) { return (*peer = socket) >= 0; }

static void give(Peer peer, size_t bytes) { send(peer, payload, bytes, MSG_NOSIGNAL | MSG_DONTWAIT); }

#endif

static Peer peers[MAX_CONNECTIONS];

int main(int argc, char **argv) {
  if (argc != 1 + ARGUMENTS || !prepare(argv + 4)) {
    fprintf(stderr, "usage: floor PORT WINDOW_MS BYTES_PER_SECOND [CERTIFICATE KEY]\n");
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
    for (int socket; count < MAX_CONNECTIONS && (socket = accept(listener, 0, 0)) >= 0;)
      count += meet(socket, &peers[count]);
    for (int i = 0; i < count; i++) give(peers[i], bytes);
    next.tv_nsec += window_us * 1000;
    next.tv_sec += next.tv_nsec / 1000000000;
    next.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, 0);
  }
}
