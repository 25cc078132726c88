/*
 * Preloaded into the programs of a host whose clock is to be wrong: adds an offset to the time of day, and to nothing else.
 * The offset, in seconds, lies in a mapped file, so that it changes for programs that run already. (libfaketime was no
 * choice: without settings in every program's environment it bends the monotonic clock as well, and waits go wrong.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
/* Later than any monotonic time: an absolute wait that is told no clock means the time of day. */
#define SINCE_1970 1000000000
/* Later than any time of day: systemd waits until the end of time, to hear when the clock is set. */
#define NEVER ((time_t)1 << 40)

static const volatile int64_t *offset;

__attribute__((constructor)) static void map_offset(void) {
  int saved = errno;
  int file = open(OFFSET_FILE, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) offset = page;
    close(file);
  }
  errno = saved;
}

static int64_t wrong_by(void) { return offset ? *offset : 0; }

static struct timespec in_truth(const struct timespec *until) {
  struct timespec truth = *until;
  if (truth.tv_sec > SINCE_1970 && truth.tv_sec < NEVER) truth.tv_sec -= wrong_by();
  return truth;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int failed = real(clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) now->tv_sec += wrong_by();
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  REAL(gettimeofday);
  int failed = real(now, zone);
  if (!failed && now) now->tv_sec += wrong_by();
  return failed;
}

time_t time(time_t *now) {
  REAL(time);
  time_t wrong = real(NULL) + wrong_by();
  if (now) *now = wrong;
  return wrong;
}

int timespec_get(struct timespec *now, int base) {
  REAL(timespec_get);
  int done = real(now, base);
  if (done == TIME_UTC) now->tv_sec += wrong_by();
  return done;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
  REAL(clock_nanosleep);
  struct timespec until = flags & TIMER_ABSTIME ? in_truth(time) : *time;
  return real(clock, flags, &until, left);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
  REAL(pthread_cond_timedwait);
  struct timespec truth = in_truth(until);
  return real(condition, mutex, &truth);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
  REAL(pthread_mutex_timedlock);
  struct timespec truth = in_truth(until);
  return real(mutex, &truth);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  REAL(sem_timedwait);
  struct timespec truth = in_truth(until);
  return real(semaphore, &truth);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *new, struct itimerspec *old) {
  REAL(timerfd_settime);
  struct itimerspec truth = *new;
  if (flags & TFD_TIMER_ABSTIME) truth.it_value = in_truth(&new->it_value);
  return real(timer, flags, &truth, old);
}
