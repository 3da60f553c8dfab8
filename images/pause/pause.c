/* The process that holds a pod's network namespace: it only waits. */
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
