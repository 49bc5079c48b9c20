// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CCodings.h"

#include <brotli/decode.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

// The largest window that is decoded: 8 MiB, as RFC 9659 says for zstd.
#define LARGEST_ZSTD_WINDOW 23

struct asyncio_decoder {
  enum asyncio_coding coding;
  // gzip and deflate.
  z_stream zlib;
  bool has_zlib;
  // deflate: the first byte, until the second says which of the two formats it is.
  bool has_first;
  uint8_t first;
  BrotliDecoderState *brotli;
  ZSTD_DStream *zstd;
};

struct asyncio_decoder *asyncio_decoder_create(enum asyncio_coding coding) {
  struct asyncio_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->coding = coding;
  bool is_made = true;
  switch (coding) {
  case ASYNCIO_CODING_GZIP:
    is_made = decoder->has_zlib = inflateInit2(&decoder->zlib, MAX_WBITS + 16) == Z_OK;
    break;
  case ASYNCIO_CODING_DEFLATE:
    // Made when the first bytes have come.
    break;
  case ASYNCIO_CODING_BROTLI:
    is_made = (decoder->brotli = BrotliDecoderCreateInstance(NULL, NULL, NULL));
    break;
  case ASYNCIO_CODING_ZSTD:
    is_made = (decoder->zstd = ZSTD_createDStream()) && !ZSTD_isError(ZSTD_initDStream(decoder->zstd)) &&
              !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, LARGEST_ZSTD_WINDOW));
    break;
  }
  if (is_made) return decoder;
  asyncio_decoder_destroy(decoder);
  return NULL;
}

void asyncio_decoder_destroy(struct asyncio_decoder *decoder) {
  if (decoder->has_zlib) inflateEnd(&decoder->zlib);
  if (decoder->brotli) BrotliDecoderDestroyInstance(decoder->brotli);
  if (decoder->zstd) ZSTD_freeDStream(decoder->zstd);
  free(decoder);
}

static unsigned shortened(size_t count) { return count > UINT_MAX ? UINT_MAX : (unsigned)count; }

static enum asyncio_coding_step inflate_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers) {
  z_stream *stream = &decoder->zlib;
  unsigned given = shortened(buffers->input_count), room = shortened(buffers->output_count);
  stream->next_in = (Bytef *)buffers->input;
  stream->avail_in = given;
  stream->next_out = buffers->output;
  stream->avail_out = room;
  int result = inflate(stream, Z_NO_FLUSH);
  buffers->input = stream->next_in;
  buffers->input_count -= given - stream->avail_in;
  buffers->output = stream->next_out;
  buffers->output_count -= room - stream->avail_out;
  switch (result) {
  case Z_STREAM_END:
    // Another member may follow, RFC 1952 section 2.2.
    if (inflateReset(stream) != Z_OK) return ASYNCIO_CODING_FAILED;
    return ASYNCIO_CODING_ENDED;
  case Z_OK:
  case Z_BUF_ERROR:
    return stream->avail_out == 0 ? ASYNCIO_CODING_HAS_MORE : ASYNCIO_CODING_NEEDS_INPUT;
  default:
    return ASYNCIO_CODING_FAILED;
  }
}

// The header of zlib's format, RFC 1950 section 2.2; what else begins with these bits is taken for bare deflate.
static bool is_zlib_header(uint8_t first, uint8_t second) {
  return (first & 0x0F) == Z_DEFLATED && (first >> 4) + 8 <= MAX_WBITS && (first << 8 | second) % 31 == 0;
}

static enum asyncio_coding_step deflate_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers) {
  if (decoder->has_zlib) return inflate_step(decoder, buffers);
  if (buffers->input_count == 0) return ASYNCIO_CODING_NEEDS_INPUT;
  if (!decoder->has_first) {
    decoder->has_first = true;
    decoder->first = *buffers->input++;
    if (--buffers->input_count == 0) return ASYNCIO_CODING_NEEDS_INPUT;
  }
  int window = is_zlib_header(decoder->first, *buffers->input) ? MAX_WBITS : -MAX_WBITS;
  decoder->has_zlib = inflateInit2(&decoder->zlib, window) == Z_OK;
  if (!decoder->has_zlib) return ASYNCIO_CODING_FAILED;
  struct asyncio_coding_buffers early = {&decoder->first, 1, buffers->output, buffers->output_count};
  enum asyncio_coding_step step = inflate_step(decoder, &early);
  buffers->output = early.output;
  buffers->output_count = early.output_count;
  return step == ASYNCIO_CODING_NEEDS_INPUT ? inflate_step(decoder, buffers) : step;
}

static enum asyncio_coding_step brotli_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers) {
  BrotliDecoderResult result = BrotliDecoderDecompressStream(decoder->brotli, &buffers->input_count, &buffers->input,
                                                             &buffers->output_count, &buffers->output, NULL);
  switch (result) {
  case BROTLI_DECODER_RESULT_SUCCESS:
    return ASYNCIO_CODING_ENDED;
  case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
    return ASYNCIO_CODING_NEEDS_INPUT;
  case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
    return ASYNCIO_CODING_HAS_MORE;
  default:
    return ASYNCIO_CODING_FAILED;
  }
}

static enum asyncio_coding_step zstd_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers) {
  ZSTD_inBuffer input = {buffers->input, buffers->input_count, 0};
  ZSTD_outBuffer output = {buffers->output, buffers->output_count, 0};
  size_t result = ZSTD_decompressStream(decoder->zstd, &output, &input);
  buffers->input += input.pos;
  buffers->input_count -= input.pos;
  buffers->output += output.pos;
  buffers->output_count -= output.pos;
  if (ZSTD_isError(result)) return ASYNCIO_CODING_FAILED;
  // Another frame may follow, RFC 8878 section 3.1.
  if (result == 0) return ASYNCIO_CODING_ENDED;
  return buffers->output_count == 0 ? ASYNCIO_CODING_HAS_MORE : ASYNCIO_CODING_NEEDS_INPUT;
}

enum asyncio_coding_step asyncio_decoder_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers) {
  switch (decoder->coding) {
  case ASYNCIO_CODING_GZIP:
    return inflate_step(decoder, buffers);
  case ASYNCIO_CODING_DEFLATE:
    return deflate_step(decoder, buffers);
  case ASYNCIO_CODING_BROTLI:
    return brotli_step(decoder, buffers);
  case ASYNCIO_CODING_ZSTD:
    return zstd_step(decoder, buffers);
  }
}
