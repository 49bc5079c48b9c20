// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

/// The variable's value; null when there is none, and in a program with more rights than its caller.
const char *_Nullable ccurl_environment(const char *_Nonnull name);

// libcurl's setters are variadic, which Swift cannot call: here they are with types.

static inline CURLcode ccurl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_size(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_string(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

typedef size_t (*ccurl_data_callback)(char *_Nonnull, size_t, size_t, void *_Nullable);

static inline void ccurl_set_body_callback(CURL *_Nonnull easy, ccurl_data_callback _Nonnull callback) {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}
static inline void ccurl_set_header_callback(CURL *_Nonnull easy, ccurl_data_callback _Nonnull callback) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}

static inline long ccurl_get_long(CURL *_Nonnull easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline const char *_Nullable ccurl_get_string(CURL *_Nonnull easy, CURLINFO info) {
  const char *value = NULL;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline void *_Nullable ccurl_get_private(CURL *_Nonnull easy) {
  char *value = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value);
  return value;
}

typedef int (*ccurl_socket_callback)(CURL *_Nullable, curl_socket_t, int, void *_Nullable, void *_Nullable);
typedef int (*ccurl_timer_callback)(CURLM *_Nullable, long, void *_Nullable);

static inline void ccurl_multi_set_callbacks(CURLM *_Nonnull multi, ccurl_socket_callback _Nonnull on_socket,
                                             ccurl_timer_callback _Nonnull on_timer, void *_Nullable context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}
static inline void ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
  curl_multi_setopt(multi, option, value);
}

/// Takes the next finished transfer; its handle and result, or NULL when there is none.
static inline CURL *_Nullable ccurl_multi_next_done(CURLM *_Nonnull multi, CURLcode *_Nonnull result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      *result = message->data.result;
      return message->easy_handle;
    }
  }
  return NULL;
}

#endif
