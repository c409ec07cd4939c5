// One function for Node.js: send(descriptor, bytes) hands bytes to a socket and returns how many the system has taken. It returns 0
// if the system takes none now, or if the connection is broken; the caller then writes in the usual way and hears of the error.
//
// Node-API is the same for all versions of Node.js from 20 on.

#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <sys/socket.h>

static napi_value Send(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  int32_t descriptor;
  napi_typedarray_type type;
  size_t length;
  void *bytes;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 2 ||
      napi_get_value_int32(env, arguments[0], &descriptor) != napi_ok ||
      napi_get_typedarray_info(env, arguments[1], &type, &length, &bytes, NULL, NULL) != napi_ok ||
      type != napi_uint8_array) {
    napi_throw_type_error(env, NULL, "send takes a descriptor and a Uint8Array");
    return NULL;
  }
  ssize_t taken;
  do {
    taken = send(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (taken < 0 && errno == EINTR);
  napi_value result;
  if (napi_create_int64(env, taken < 0 ? 0 : taken, &result) != napi_ok) return NULL;
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "send", NAPI_AUTO_LENGTH, Send, NULL, &function) != napi_ok) return NULL;
  if (napi_set_named_property(env, exports, "send", function) != napi_ok) return NULL;
  return exports;
}
