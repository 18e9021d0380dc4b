#pragma once

#include <cstdint>

namespace longshore::bench {

// Non-blocking TCP sockets of 127.0.0.1, as plain descriptors that the caller closes. A failure
// ends the program with status 1: a bench program has nothing better to do.

int Listen(uint16_t port);
// Under way when it returns: writable, or in error, once it is over.
int Connect(uint16_t port);
// -1 when nobody waits.
int Accept(int listener);
// An epoll instance, and an edge-triggered watch for input and room.
int NewEpoll();
void Watch(int epoll, int fd, void* what);

}  // namespace longshore::bench
