// Two functions for Node.js:
//
// - send(descriptor, bytes) hands bytes to a socket and returns how many the system has taken. It returns 0 if the system takes none now, or if
//   the connection is broken; the caller then writes in the usual way and hears of the error.
// - readCached(descriptor, bytes, position) fills bytes from a place in a file and returns how many it has got. It never waits for the disk: it
//   gets what the system has in memory from this place on, and none if that is nothing, or if the file cannot be read. Not there if the system
//   cannot do this.
//
// Node-API is the same for all versions of Node.js from 20 on.

#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

typedef struct {
  int32_t descriptor;
  void *bytes;
  size_t length;
  int64_t position;
} Arguments;

// A descriptor, a Uint8Array and, if so many are expected, a position.
static bool ReadArguments(napi_env env, napi_callback_info info, size_t expected, Arguments *arguments) {
  napi_value values[3];
  size_t count = 3;
  napi_typedarray_type type;
  return napi_get_cb_info(env, info, &count, values, NULL, NULL) == napi_ok && count == expected &&
         napi_get_value_int32(env, values[0], &arguments->descriptor) == napi_ok &&
         napi_get_typedarray_info(env, values[1], &type, &arguments->length, &arguments->bytes, NULL, NULL) == napi_ok &&
         type == napi_uint8_array &&
         (count < 3 || napi_get_value_int64(env, values[2], &arguments->position) == napi_ok);
}

static napi_value Count(napi_env env, ssize_t count) {
  napi_value result;
  return napi_create_int64(env, count < 0 ? 0 : count, &result) == napi_ok ? result : NULL;
}

static napi_value Send(napi_env env, napi_callback_info info) {
  Arguments to;
  if (!ReadArguments(env, info, 2, &to)) {
    napi_throw_type_error(env, NULL, "send takes a descriptor and a Uint8Array");
    return NULL;
  }
  ssize_t taken;
  do {
    taken = send(to.descriptor, to.bytes, to.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (taken < 0 && errno == EINTR);
  return Count(env, taken);
}

#ifdef RWF_NOWAIT
static napi_value ReadCached(napi_env env, napi_callback_info info) {
  Arguments from;
  if (!ReadArguments(env, info, 3, &from)) {
    napi_throw_type_error(env, NULL, "readCached takes a descriptor, a Uint8Array and a position");
    return NULL;
  }
  const struct iovec memory = {from.bytes, from.length};
  ssize_t got;
  do {
    got = preadv2(from.descriptor, &memory, 1, from.position, RWF_NOWAIT);
  } while (got < 0 && errno == EINTR);
  return Count(env, got);
}
#endif

static bool Export(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  if (!Export(env, exports, "send", Send)) return NULL;
#ifdef RWF_NOWAIT
  if (!Export(env, exports, "readCached", ReadCached)) return NULL;
#endif
  return exports;
}
