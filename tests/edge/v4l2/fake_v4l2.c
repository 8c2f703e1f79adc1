/* A V4L2 camera for tests: preloaded, it answers for the device in FAKE_V4L2_DEVICE.

   FAKE_V4L2_FORMATS  formats it has, such as "MJPG,YUYV"; the first is its default
   FAKE_V4L2_SIZE     its only size, such as "640x480"
   FAKE_V4L2_FRAMES   a folder with frame 0, 1, 2 ... as files "MJPG.0", "YUYV.0" ...; after the
                      last it starts again; an empty file is a camera that fails from there on,
                      a named pipe one whose driver waits
   FAKE_V4L2_PAUSE_MS milliseconds before each frame */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 8, LENGTH = 4 << 20 };
static int device = -1, frame, queued[BUFFERS], queue_length;
static unsigned char *memory[BUFFERS];
static __u32 format, width, height;

static int answer(int error) { errno = error; return error ? -1 : 0; }

static __u32 format_at(int index) {
    const char *formats = getenv("FAKE_V4L2_FORMATS");
    if (strlen(formats) < 5 * (size_t)index + 4) return 0;
    formats += 5 * index;
    return v4l2_fourcc(formats[0], formats[1], formats[2], formats[3]);
}

static void choose(__u32 wanted) {
    sscanf(getenv("FAKE_V4L2_SIZE"), "%ux%u", &width, &height);
    format = format_at(0);
    for (int index = 0; format_at(index); index++)
        if (format_at(index) == wanted) format = wanted;
}

static int fill(struct v4l2_buffer *buffer) {
    char path[4096];
    struct timespec now, pause = {0, 1000000L * atoi(getenv("FAKE_V4L2_PAUSE_MS"))};
    if (!queue_length) return answer(EAGAIN);
    nanosleep(&pause, NULL);
    for (int again = 0; again < 2; again++) {
        snprintf(path, sizeof path, "%s/%.4s.%d", getenv("FAKE_V4L2_FRAMES"), (char *)&format, frame);
        int file = open(path, O_RDONLY);
        if (file < 0) { frame = 0; continue; }
        ssize_t size = read(file, memory[queued[0]], LENGTH);
        close(file);
        if (size <= 0) return answer(ENODEV);
        frame++;
        clock_gettime(CLOCK_MONOTONIC, &now);
        buffer->index = queued[0];
        buffer->bytesused = size;
        buffer->length = LENGTH;
        buffer->timestamp.tv_sec = now.tv_sec;
        buffer->timestamp.tv_usec = now.tv_nsec / 1000;
        memmove(queued, queued + 1, sizeof queued - sizeof *queued);
        queue_length--;
        return 0;
    }
    return answer(ENODEV);
}

static int command(unsigned long request, void *argument) {
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *capability = argument;
        memset(capability, 0, sizeof *capability);
        strcpy((char *)capability->driver, "fake");
        capability->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_DEVICE_CAPS;
        capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    }
    case VIDIOC_S_FMT: case VIDIOC_G_FMT: case VIDIOC_TRY_FMT: {
        struct v4l2_format *wanted = argument;
        choose(request == VIDIOC_G_FMT && format ? format : wanted->fmt.pix.pixelformat);
        wanted->fmt.pix.pixelformat = format;
        wanted->fmt.pix.width = width;
        wanted->fmt.pix.height = height;
        wanted->fmt.pix.field = V4L2_FIELD_NONE;
        wanted->fmt.pix.bytesperline = 2 * width;
        wanted->fmt.pix.sizeimage = LENGTH;
        return 0;
    }
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: {
        struct v4l2_streamparm *parameters = argument;
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        parameters->parm.capture.timeperframe.numerator = 1;
        parameters->parm.capture.timeperframe.denominator = 30;
        return 0;
    }
    case VIDIOC_REQBUFS: {
        struct v4l2_requestbuffers *buffers = argument;
        queue_length = 0;
        if (buffers->count > BUFFERS) buffers->count = BUFFERS;
        return 0;
    }
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = argument;
        buffer->length = LENGTH;
        buffer->m.offset = buffer->index * LENGTH;
        return 0;
    }
    case VIDIOC_QBUF:
        queued[queue_length++] = ((struct v4l2_buffer *)argument)->index;
        return 0;
    case VIDIOC_DQBUF: return fill(argument);
    case VIDIOC_STREAMON: case VIDIOC_STREAMOFF: return 0;
    }
    return answer(EINVAL);
}

static int opened(const char *path, int file) {
    const char *wanted = getenv("FAKE_V4L2_DEVICE");
    if (wanted && !strcmp(path, wanted)) { device = file; format = 0; }
    return file;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        static int (*real)(const char *, int, ...); \
        if (!real) real = dlsym(RTLD_NEXT, #name); \
        va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
        return opened(path, real(path, flags, mode)); \
    }
OPEN(open)
OPEN(open64)

int close(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "close");
    if (file >= 0 && file == device) device = -1;
    return real(file);
}

int ioctl(int file, unsigned long request, ...) {
    static int (*real)(int, unsigned long, void *);
    if (!real) real = dlsym(RTLD_NEXT, "ioctl");
    va_list rest; va_start(rest, request); void *argument = va_arg(rest, void *); va_end(rest);
    return file >= 0 && file == device ? command(request & 0xffffffffu, argument) : real(file, request, argument);
}

static void *mapped(void *(*real)(void *, size_t, int, int, int, off_t), void *where, size_t length,
                    int protection, int flags, int file, off_t offset) {
    if (file < 0 || file != device) return real(where, length, protection, flags, file, offset);
    void *start = real(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory[offset / LENGTH] = start;
    return start;
}

void *mmap(void *where, size_t length, int protection, int flags, int file, off_t offset) {
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "mmap");
    return mapped(real, where, length, protection, flags, file, offset);
}

void *mmap64(void *where, size_t length, int protection, int flags, int file, off_t offset) {
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "mmap64");
    return mapped(real, where, length, protection, flags, file, offset);
}
