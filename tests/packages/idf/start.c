void app_main(void);
int host_may_connect(int fd);

int host_may_connect(int fd) {
  return fd >= 0;
}

int main(void) {
  app_main();
  return 0;
}
