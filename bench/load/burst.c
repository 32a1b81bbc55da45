/*
 * A load generator for DNS over UDP that sends and receives in batches (sendmmsg, recvmmsg), so that one core can load
 * a server that answers faster than dnsperf can ask. It checks every answer (NOERROR, as many records as expected) and
 * keeps the time of every query, in microseconds. With a pace it sends what is due; without, it keeps a window full.
 *
 * burst ADDRESS PORT NAMES-FILE SECONDS QUERIES-PER-SECOND(0: as fast as answered) WINDOW ANSWERS -> one JSON object
 */
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

enum { BATCH = 32, CLIENTS = 4, NAMES_MAX = 200000, IDS = 65536, HISTOGRAM = 2000000, PACKET_MAX = 2048, QUERY_MAX = 300, LOW_PACE = 5000 };
static const uint64_t LOST_AFTER_NS = 2000ull * 1000 * 1000;
static const uint64_t LATE_POLL_NS = 10ull * 1000 * 1000;

struct client {
  int fd;
  unsigned next_id;
  unsigned outstanding;
  uint64_t sent_at[IDS];
};

static struct client clients[CLIENTS];
static uint8_t *queries[NAMES_MAX];
static uint16_t query_size[NAMES_MAX];
static unsigned query_count, next_query;
static uint32_t histogram[HISTOGRAM];
static uint64_t sent, answered, bad;
static unsigned answers_expected;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "burst: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* One question for A with an OPT record that offers 1232 bytes (RFC 6891). */
static uint16_t encode(const char *name, uint8_t *out) {
  static const uint8_t head[12] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  static const uint8_t tail[] = {0, 0, 1, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
  uint8_t *p = out;
  memcpy(p, head, sizeof head);
  p += sizeof head;
  while (*name) {
    size_t size = strcspn(name, ".");
    *p++ = (uint8_t)size;
    memcpy(p, name, size);
    p += size;
    name += size;
    if (*name == '.') name++;
  }
  memcpy(p, tail, sizeof tail);
  return (uint16_t)(p + sizeof tail - out);
}

static void read_names(const char *file) {
  char line[256];
  FILE *f = fopen(file, "r");
  if (!f) die(file);
  while (query_count < NAMES_MAX && fscanf(f, "%250s%*[^\n]", line) == 1) {
    uint8_t buffer[QUERY_MAX];
    uint16_t size = encode(line, buffer);
    queries[query_count] = malloc(size);
    memcpy(queries[query_count], buffer, size);
    query_size[query_count++] = size;
  }
  fclose(f);
  if (query_count == 0) die("no names");
}

static void open_clients(const char *address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) die(address);
  for (int i = 0; i < CLIENTS; i++) {
    int bytes = 4 * 1024 * 1024;
    clients[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(clients[i].fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (connect(clients[i].fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
  }
}

static void send_some(struct client *c, unsigned count) {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  static uint8_t packets[BATCH][QUERY_MAX];
  uint64_t now = now_ns();
  if (count > BATCH) count = BATCH;
  for (unsigned i = 0; i < count; i++) {
    unsigned q = (next_query + i) % query_count, id = (c->next_id + i) % IDS;
    memcpy(packets[i], queries[q], query_size[q]);
    packets[i][0] = (uint8_t)(id >> 8);
    packets[i][1] = (uint8_t)id;
    parts[i] = (struct iovec){packets[i], query_size[q]};
    messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
  }
  int done = sendmmsg(c->fd, messages, count, 0);
  if (done <= 0) return;
  for (int i = 0; i < done; i++) {
    unsigned id = (c->next_id + (unsigned)i) % IDS;
    if (c->sent_at[id] != 0) c->outstanding--;
    c->sent_at[id] = now;
  }
  c->next_id = (c->next_id + (unsigned)done) % IDS;
  c->outstanding += (unsigned)done;
  next_query = (next_query + (unsigned)done) % query_count;
  sent += (unsigned)done;
}

static void take_answer(struct client *c, const uint8_t *packet, unsigned size, uint64_t now) {
  if (size < 12) { bad++; return; }
  unsigned id = (unsigned)packet[0] << 8 | packet[1];
  if (c->sent_at[id] == 0) return;
  uint64_t micros = (now - c->sent_at[id]) / 1000;
  c->sent_at[id] = 0;
  c->outstanding--;
  answered++;
  if ((packet[3] & 15) != 0 || ((unsigned)packet[6] << 8 | packet[7]) != answers_expected) bad++;
  histogram[micros < HISTOGRAM ? micros : HISTOGRAM - 1]++;
}

static int receive_some(struct client *c) {
  static uint8_t packets[BATCH][PACKET_MAX];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){packets[i], PACKET_MAX};
    messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
  }
  int count = recvmmsg(c->fd, messages, BATCH, MSG_DONTWAIT, NULL);
  uint64_t now = now_ns();
  for (int i = 0; i < count; i++) take_answer(c, packets[i], messages[i].msg_len, now);
  return count > 0 ? count : 0;
}

/* At a low pace it sleeps until a query is due or an answer comes, so as not to take the core from others. */
static void rest(uint64_t until) {
  struct pollfd wanted[CLIENTS];
  uint64_t now = now_ns();
  if (until <= now) return;
  for (int i = 0; i < CLIENTS; i++) wanted[i] = (struct pollfd){clients[i].fd, POLLIN, 0};
  struct timespec limit = {0, (long)(until - now)};
  ppoll(wanted, CLIENTS, &limit, NULL);
}

/* A lost datagram would keep its place in the window for ever. */
static void forget_lost(struct client *c) {
  uint64_t now = now_ns();
  for (unsigned id = 0; id < IDS; id++) {
    if (c->sent_at[id] == 0 || now - c->sent_at[id] < LOST_AFTER_NS) continue;
    c->sent_at[id] = 0;
    c->outstanding--;
  }
}

static uint64_t percentile(double share) {
  uint64_t seen = 0, wanted = (uint64_t)(share * (double)answered);
  for (unsigned i = 0; i < HISTOGRAM; i++) {
    seen += histogram[i];
    if (seen > 0 && seen >= wanted) return i;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 8) return fprintf(stderr, "burst ADDRESS PORT NAMES SECONDS QPS WINDOW ANSWERS\n"), 2;
  read_names(argv[3]);
  open_clients(argv[1], atoi(argv[2]));
  uint64_t length = (uint64_t)(atof(argv[4]) * 1e9), start = now_ns(), end = start + length, now = start, swept = start;
  double pace = atof(argv[5]);
  unsigned window = (unsigned)atoi(argv[6]) / CLIENTS, turn = 0;
  answers_expected = (unsigned)atoi(argv[7]);
  for (; now < end; now = now_ns()) {
    struct client *c = &clients[turn++ % CLIENTS];
    unsigned room = c->outstanding < window ? window - c->outstanding : 0;
    if (pace > 0) {
      uint64_t due = (uint64_t)((double)(now - start) / 1e9 * pace);
      unsigned late = due > sent ? (unsigned)(due - sent) : 0;
      room = late < room ? late : room;
    }
    if (room >= BATCH || (room > 0 && (pace > 0 || c->outstanding <= window / 2))) send_some(c, room);
    if (pace > 0 && pace <= LOW_PACE) {
      for (int i = 0; i < CLIENTS; i++) receive_some(&clients[i]);
      rest(start + (uint64_t)((double)(sent + 1) / pace * 1e9));
    } else {
      receive_some(c);
    }
    if (now - swept > LOST_AFTER_NS) {
      for (int i = 0; i < CLIENTS; i++) forget_lost(&clients[i]);
      swept = now;
    }
  }
  double seconds = (double)(now_ns() - start) / 1e9;
  uint64_t in_time = answered;
  /* Late answers are waited for asleep: a busy wait would take the core from the program that measures beside it. */
  for (uint64_t until = now_ns() + LOST_AFTER_NS; now_ns() < until && answered < sent;) {
    for (int i = 0; i < CLIENTS; i++) receive_some(&clients[i]);
    rest(now_ns() + LATE_POLL_NS);
  }
  printf("{\"seconds\":%.3f,\"sent\":%llu,\"answered\":%llu,\"bad\":%llu,\"lost\":%llu,"
         "\"p50Us\":%llu,\"p99Us\":%llu,\"maxUs\":%llu}\n",
         seconds, (unsigned long long)sent, (unsigned long long)in_time, (unsigned long long)bad,
         (unsigned long long)(sent - answered), (unsigned long long)percentile(0.5),
         (unsigned long long)percentile(0.99), (unsigned long long)percentile(1.0));
  return 0;
}
