/*
 * Stands before libc in a server under test: while the file named by FAIL_SYNC_WHILE is there, whatever waits for the disk fails, as it does
 * when a disk is broken. Writes still work, so what was written and not synced is there to be mistaken for something durable.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void) {
  const char *path = getenv("FAIL_SYNC_WHILE");
  return path != NULL && access(path, F_OK) == 0;
}

static int sync_or_fail(long call, int file) {
  if (fails()) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(call, file);
}

int fsync(int file) { return sync_or_fail(SYS_fsync, file); }
int fdatasync(int file) { return sync_or_fail(SYS_fdatasync, file); }
