# Moat: a minimal OAuth 2.0 client for devices.
#
#   make                 the libraries, the program build/moat, and build/probe, a tool of the tests
#   make all             the same without the probe: what is installed
#   make demo            the main job step by step, against a real authorization server on loopback
#   make test            the unit tests, in seconds; TESTS="test_json test_http" runs some
#   make check           every test there is, in an hour or so; DISTRO=13, as root, also in a Debian 13
#   make help            this list
#
#   make install         libraries, program and man page to PREFIX=/usr/local and LIBDIR=PREFIX/lib, below DESTDIR=
#   make uninstall       takes them away, with the same variables
#   make examples        the short programs of examples/
#   make vendor          what firmware keeps in its own tree: DEST=folder PORT=posix|sockets|lwip|freertos|esp-idf|zephyr|template|folder
#   make dist            build/moat-VERSION.tar.gz, of the last commit
#   make deb             packages for Debian of the last commit, in build/deb
#   make cross           a gateway's program: TARGET=armhf|arm64|mips|mipsel|riscv64|amd64-musl
#   make mbedtls-3.6     Mbed TLS 3.6 from source, in BUILD/mbedtls-3.6; MBEDTLS_PROFILE=default|tiny|gateway|gateway_tls12
#   make firmware        a Cortex-M image that signs in
#   make firmware-run    the same in QEMU, against the tests' server
#   make clean           removes BUILD
#
#   make size            flash, RAM and stack on a Cortex-M4, with gates
#   make bench           what a refresh costs beside bare Mbed TLS and curl, with gates
#   make bench-all       the same for every program, key, version of TLS and way to connect
#   make coverage        lines and branches of src/ that the unit tests run
#   make mutants         puts faults into the library; a unit test must fail over each
#   make fuzz            libFuzzer on each of tests/fuzz: MINUTES=1, TARGET=http for one alone
#   make check-browser   the sign-in in a headless Chromium, with screenshots
#   make check-cross     builds for all targets of make cross, and runs them under emulation
#   make check-mbedtls   the tests that see Mbed TLS, with that of MBEDTLS_DIR
#   make check-firmware  the image in QEMU: sign-in, trouble, power failures
#   make format          formats the C files; make check-format only looks
#
# Variables, from the environment or the command line:
#   CC, AR, CFLAGS, CPPFLAGS, LDFLAGS   as usual. EXTRA_CFLAGS adds to CFLAGS and keeps their default
#   BUILD                the folder of all that is built: build
#   JSMN                 the folder of jsmn.h; by default where CC finds it, so in a cross build in its sysroot
#   MBEDTLS_DIR          uses the Mbed TLS in DIR/include and DIR/lib, or DIR/library, a source tree that was
#                        built in place. Without it PKG_CONFIG is asked, and then the linker. MBEDTLS_CFLAGS and
#                        MBEDTLS_LIBS say it outright. Give each Mbed TLS a BUILD of its own; when it changes,
#                        everything in BUILD is made anew, because the structs of its headers are part of Moat's
#   QR                   1 draws QR codes, nothing leaves them out; by default 1 where CC can link qrcodegen
#   HARDEN               flags of the program alone, PIE among them; by default what port/harden.sh finds. The
#                        archives have none of them, as firmware decides for itself; their flags are CFLAGS

VERSION := $(shell sed -n 's/^.define MOAT_VERSION "\(.*\)"$$/\1/p' include/moat/moat.h)
BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
CFLAGS ?= -Os -g
EXTRA_CFLAGS ?=
H := \#
# How the compiler is called outside the recipes below.
COMPILER = $(CC) $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS)
JSMN ?= $(shell echo '$(H)include <jsmn.h>' | $(COMPILER) -E -x c - 2> /dev/null | sed -n 's|^$(H) 1 "\(.*\)/jsmn.h".*|\1|p' | head -n 1)
# Its versions differ in detail; the tree is formatted by 14.
CLANG_FORMAT ?= $(or $(shell command -v clang-format-14 2> /dev/null),clang-format)

# Warnings are errors in the tests alone: another compiler, with warnings of its own, must build the library too.
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow
WERROR ?=
# Where an offset has 32 bits by default, large files and inodes cannot be read. The width of time_t is that of
# Mbed TLS, whose structs hold one, so CFLAGS have to say it for both; moat_tls_init() compares them.
STD := -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
# -MD names the headers of the system too, so that a test sees whose they are.
ALL_CFLAGS = $(STD) $(WARN) $(WERROR) -ffunction-sections -fdata-sections -MD -MP $(CFLAGS) $(EXTRA_CFLAGS) $(SAN)
MOAT_CPPFLAGS = -Iinclude -I$(BUILD)/include $(MBEDTLS_CFLAGS)
# Programs have to be compiled with the same width of time_t, where there is a choice.
TIME_BITS = $(filter 32 64,$(shell echo _TIME_BITS | $(COMPILER) -E -P -x c - 2> /dev/null))
# What takes the compiler some time to say is asked once, and only if it is needed.
once = $(eval $(1) := $(2))$($(1))
ifeq ($(origin QR),undefined)
QR = $(call once,QR,$(shell printf '$(H)include <qrcodegen/qrcodegen.h>\nint main(void) { return 0; }\n' | \
  $(COMPILER) -x c - -x none $(LDFLAGS) -lqrcodegen -o /dev/null 2> /dev/null && echo 1))
endif
# The tests' sanitizers have checks of their own.
ifeq ($(origin HARDEN),undefined)
HARDEN = $(call once,HARDEN,$(if $(SAN),,$(shell CC='$(CC)' CFLAGS='$(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS)' \
  LDFLAGS='$(LDFLAGS)' port/harden.sh)))
endif
LINK_ONLY := -pie -static-pie -Wl,%

MBEDTLS_DIR ?=
ifneq ($(MBEDTLS_DIR),)
MBEDTLS := $(abspath $(MBEDTLS_DIR))
MBEDTLS_LIB := $(firstword $(wildcard $(MBEDTLS)/lib $(MBEDTLS)/library))
ifeq ($(and $(wildcard $(MBEDTLS)/include/mbedtls/ssl.h),$(MBEDTLS_LIB)),)
$(error $(MBEDTLS_DIR) has not include/mbedtls/ssl.h and lib or library)
endif
MBEDTLS_CFLAGS ?= -isystem $(MBEDTLS)/include
MBEDTLS_LIBS ?= -L$(MBEDTLS_LIB) -lmbedtls -lmbedx509 -lmbedcrypto
MBEDTLS_SUM := $(shell cat $(MBEDTLS_LIB)/*.a 2> /dev/null | cksum)
else ifneq ($(shell $(PKG_CONFIG) --exists mbedtls mbedx509 mbedcrypto 2>/dev/null && echo yes),)
MBEDTLS_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags mbedtls mbedx509 mbedcrypto)
MBEDTLS_LIBS ?= $(shell $(PKG_CONFIG) --libs mbedtls mbedx509 mbedcrypto)
endif
MBEDTLS_LIBS ?= -lmbedtls -lmbedx509 -lmbedcrypto
MBEDTLS_USED := $(MBEDTLS_CFLAGS) $(MBEDTLS_LIBS) $(MBEDTLS_SUM)
ALL_LDFLAGS = -Wl,--gc-sections $(LDFLAGS) $(SAN)

LIB_SRC := $(wildcard src/*/*.c)
POSIX_SRC := $(wildcard port/posix/*.c)
CLI_SRC := $(wildcard examples/cli/*.c examples/cli/*/*.c)
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
hardened = $(patsubst %.c,$(BUILD)/hardened/%.o,$(1))
LIB := $(BUILD)/libmoat.a
POSIX := $(BUILD)/libmoat-posix.a

.PHONY: default all
default: all $(BUILD)/probe
all: $(LIB) $(POSIX) $(BUILD)/moat

$(LIB): $(call objects,$(LIB_SRC))
$(POSIX): $(call objects,$(POSIX_SRC))
$(LIB) $(POSIX):
	@rm -f $@
	$(AR) rcs $@ $^

# jsmn.h is copied, as its folder may have headers that are not meant for this compiler.
$(BUILD)/include/jsmn.h: $(JSMN:%=%/jsmn.h)
	$(if $<,,$(error $(CC) finds no jsmn.h; JSMN=FOLDER says where it is))
	@mkdir -p $(@D)
	cp $< $@

# The compiler takes a header that MBEDTLS_DIR does not have from the system, whose Mbed TLS may be another one.
ifneq ($(MBEDTLS_DIR),)
one_mbedtls = other=$$($(COMPILER) $(MOAT_CPPFLAGS) -E -H src/tls/*.c 2>&1 > /dev/null | sed -n 's/^\.\.* //p' | \
  grep -E '/include/(mbedtls|psa)/' | grep -v '^$(MBEDTLS)/' | head -n 1); \
  [ -z "$$other" ] || { echo "$$other is of another Mbed TLS than that of $(MBEDTLS_DIR)" >&2; exit 1; };
endif
# Says which Mbed TLS the objects were made for, and changes only with it.
$(BUILD)/mbedtls: FORCE
	@mkdir -p $(@D)
	@echo '$(MBEDTLS_USED)' | cmp -s - $@ || { $(one_mbedtls) echo '$(MBEDTLS_USED)' > $@; }
.PHONY: FORCE

define compile
@mkdir -p $(@D)
$(CC) $(MOAT_CPPFLAGS) $(CPPFLAGS) $(ALL_CFLAGS) $(1) -c $< -o $@
endef
$(BUILD)/obj/%.o: %.c $(BUILD)/mbedtls | $(BUILD)/include/jsmn.h
	$(call compile)
$(BUILD)/hardened/%.o: %.c $(BUILD)/mbedtls | $(BUILD)/include/jsmn.h
	$(call compile,$(filter-out $(LINK_ONLY),$(HARDEN)))

$(foreach kind,obj hardened,$(BUILD)/$(kind)/port/posix/%.o $(BUILD)/$(kind)/examples/%.o): MOAT_CPPFLAGS += -Iport/posix
$(BUILD)/obj/tests/%.o: MOAT_CPPFLAGS += -Iport/posix -Isrc

$(BUILD)/hardened/examples/cli/terminal/qr.o: MOAT_CPPFLAGS += $(if $(QR),-DMOAT_QR $(QR_CFLAGS))
QR_LIBS ?= -lqrcodegen

# All of the program is hardened, the library's code in it too.
$(BUILD)/moat: $(call hardened,$(CLI_SRC) $(LIB_SRC) $(POSIX_SRC))
	$(CC) $(filter $(LINK_ONLY),$(HARDEN)) $(if $(filter -static-pie,$(HARDEN)),$(filter-out -static,$(ALL_LDFLAGS)),$(ALL_LDFLAGS)) \
	  $^ $(MBEDTLS_LIBS) $(if $(QR),$(QR_LIBS)) -lpthread -o $@

$(BUILD)/probe: $(call objects,tests/probe/probe.c) $(LIB)
	$(CC) $(ALL_LDFLAGS) $^ $(MBEDTLS_LIBS) -o $@

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIB) $(POSIX)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(WRAP) $(filter %.o,$^) $(filter %.a,$^) $(MBEDTLS_LIBS) -lcmocka -lpthread -o $@

# What the program shows, without the rest of it.
SCREEN := files signin/show_code $(addprefix terminal/,clean cover hide term unescape utf8 wrap)
SCREEN_TESTS := $(filter test_screen%,$(UNIT))
$(SCREEN_TESTS:%=$(BUILD)/unit/%): $(call objects,$(SCREEN:%=examples/cli/%.c))
$(SCREEN_TESTS:%=$(BUILD)/obj/tests/unit/%.o): MOAT_CPPFLAGS += -Iexamples/cli

# It has all its stores, and stand-ins for those of other systems.
SOCKETS := $(call objects,$(wildcard port/sockets/*.c tests/mocks/*.c))
$(SOCKETS) $(BUILD)/obj/tests/unit/test_sockets%.o: MOAT_CPPFLAGS += -Itests/mocks $(addprefix -DMOAT_SOCKETS_,FILES NVS ZMS)
FREERTOS := $(call objects,$(wildcard port/freertos/*.c))
$(FREERTOS) $(BUILD)/obj/tests/unit/test_freertos.o: MOAT_CPPFLAGS += -Itests/mocks
$(BUILD)/unit/test_freertos: $(FREERTOS) $(call objects,tests/mocks/system.c)
$(filter $(BUILD)/unit/test_sockets%,$(UNIT:%=$(BUILD)/unit/%)): $(SOCKETS)

# Calls of this function go to the test's own.
$(BUILD)/unit/test_tls_structs: private WRAP := -Wl,--wrap=mbedtls_ssl_session_init

$(BUILD)/unit/test_memory: $(call objects,examples/cli/memory.c)
$(BUILD)/obj/tests/unit/test_memory.o: MOAT_CPPFLAGS += -Iexamples/cli

# libFuzzer's targets; tests/fuzz/run.sh sets the compiler, the sanitizers and BUILD. main.c is left
# out, so that of the program only what a target needs is linked.
$(BUILD)/fuzz/libcli.a: $(call objects,$(filter-out examples/cli/main.c,$(CLI_SRC)))
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/obj/tests/fuzz/%.o: MOAT_CPPFLAGS += -Iexamples/cli
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/fuzz/libcli.a $(LIB) $(POSIX)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -Wl,--wrap=write_all $^ $(MBEDTLS_LIBS) -lpthread -o $@

.PHONY: fuzz-targets
fuzz-targets: $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))

# The short files of examples/, a way of use each.
EXAMPLES := $(patsubst examples/%.c,%,$(wildcard examples/*.c))
$(BUILD)/examples/own_tls: MBEDTLS_LIBS =
# Its board is one that the tests make up.
$(BUILD)/examples/superloop: $(BUILD)/obj/tests/proof/superloop_board.o
$(BUILD)/obj/tests/proof/superloop_board.o: MOAT_CPPFLAGS += -Iexamples
$(BUILD)/examples/%: $(BUILD)/obj/examples/%.o $(POSIX) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(MBEDTLS_LIBS) -lpthread -o $@

.PHONY: examples
examples: $(addprefix $(BUILD)/examples/,$(EXAMPLES))

# What `make bench` measures besides the program.
$(BUILD)/bench/curl_loop $(BUILD)/bench/curl_multi: MBEDTLS_LIBS = -lcurl
$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(POSIX) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(MBEDTLS_LIBS) -lpthread -o $@

# Keeps the objects. Make would delete those of the tests as intermediate, and compile them again next time.
.SECONDARY:

.PHONY: unit
unit: $(addprefix $(BUILD)/unit/,$(UNIT))

-include $(shell find $(BUILD)/obj $(BUILD)/hardened -name '*.d' 2> /dev/null)

.PHONY: mbedtls-3.6
mbedtls-3.6:
	@tests/setup.sh source
	+@CC='$(CC)' AR='$(AR)' CFLAGS='$(MBEDTLS_BUILD_CFLAGS)' port/mbedtls/build.sh $(abspath $(BUILD))/$@ $(MBEDTLS_PROFILE)

# ---- What people run ------------------------------------------------------------------------

.PHONY: help demo test check check-browser coverage mutants size bench bench-all format check-format clean install uninstall dist deb vendor \
  cross check-cross check-mbedtls firmware firmware-run check-firmware fuzz
# The comment at the top of this file.
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

demo:
	@tests/setup.sh base qr lab
	@$(MAKE) --no-print-directory default
	@tests/e2e/demo.sh

# In a folder of its own, since its objects are others: without optimisation they are compiled in two thirds
# of the time. A debugger shows the source line by line; TEST_CFLAGS='-O0 -g' makes it show variables too.
# `make check` runs the optimised ones. What a newer Mbed TLS calls deprecated does not stop a newcomer.
TESTS ?= $(UNIT)
TEST_CFLAGS ?= -O0 -g1
test:
	@CC='$(CC)' CPPFLAGS='$(MOAT_CPPFLAGS) $(CPPFLAGS)' JSMN='$(JSMN)' tests/test.sh --needs
	@$(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$$(nproc)) BUILD='$(BUILD)/test' \
	  CFLAGS='$(TEST_CFLAGS)' WERROR='-Werror -Wno-error=deprecated-declarations' $(TESTS:%='$(BUILD)/test/unit/%')
	@tests/test.sh '$(BUILD)/test/unit' $(TESTS)

check:
	@tests/setup.sh base qr unit check source lab keep recipes proxy fuzz size bench browser cross firmware qemu deb
	@tests/check.sh

check-browser:
	@tests/setup.sh base qr lab browser
	@$(MAKE) --no-print-directory all
	@tests/e2e/run.sh tests/e2e/browser/*.test.mjs

coverage:
	@tests/setup.sh base unit node
	@tests/coverage/coverage.sh

mutants:
	@tests/setup.sh base unit node
	@"$$(tests/setup.sh --node)" tests/mutants.mjs

firmware:
	@tests/setup.sh base source firmware
	@tests/firmware/build.sh

firmware-run: firmware
	@tests/setup.sh lab qemu
	@tests/firmware/run.sh

check-firmware: firmware
	@tests/setup.sh lab qemu
	@tests/firmware/check.sh

MINUTES ?= 1
fuzz:
	@tests/setup.sh base fuzz
	@WERROR=-Werror tests/fuzz/run.sh --seconds $$(($(MINUTES) * 60)) $(TARGET)

size:
	@tests/setup.sh base source node size
	@tests/size/size.sh

bench:
	@tests/setup.sh base source cross-amd64-musl bench node
	@tests/bench/bench.sh

bench-all:
	@tests/setup.sh base source cross-amd64-musl bench node
	@tests/bench/bench.sh --all

format:
	$(CLANG_FORMAT) -i $(shell git ls-files '*.c' '*.h')

check-format:
	$(CLANG_FORMAT) --dry-run -Werror $(shell git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

cross:
	@tests/setup.sh base source 'cross-$(TARGET)'
	@port/cross.sh '$(TARGET)'

check-cross:
	@tests/setup.sh base source lab cross
	@tests/check.sh cross

check-mbedtls:
	@tests/setup.sh base qr unit check lab proxy
	@MBEDTLS_DIR=$(abspath $(MBEDTLS_DIR)) tests/check.sh mbedtls

vendor:
	@port/vendor.sh '$(DEST)' '$(PORT)' '$(JSMN)'

TO = $(DESTDIR)$(PREFIX)
LIB_TO = $(DESTDIR)$(LIBDIR)
MAN = $(TO)/share/man/man1
UNITS = $(patsubst examples/cli/systemd/%,%,$(wildcard examples/cli/systemd/*/*))
# Where each shell looks for what is installed below its own prefix.
BASH_COMPLETIONS = $(TO)/share/bash-completion/completions
ZSH_COMPLETIONS = $(TO)/share/zsh/site-functions
FISH_COMPLETIONS = $(TO)/share/fish/vendor_completions.d

# A name with a space would be several names to the commands below.
.PHONY: no_spaces
no_spaces:
	@[ $(words x$(DESTDIR)$(PREFIX)$(LIBDIR)) = 1 ] || { echo 'DESTDIR, PREFIX and LIBDIR can have no spaces' >&2; exit 1; }

install: no_spaces all
	install -d $(TO)/bin $(LIB_TO)/pkgconfig $(TO)/include/moat $(MAN)
	install -d $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)
	install -m 755 $(BUILD)/moat $(TO)/bin/
	install -m 644 $(LIB) $(POSIX) $(LIB_TO)/
	install -m 644 include/moat/*.h $(TO)/include/moat/
	install -m 644 port/posix/moat_posix.h $(TO)/include/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' -e 's|@VERSION@|$(VERSION)|' \
	  -e 's|@TIME_CFLAGS@|$(TIME_BITS:%=-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=%)|' -e 's|@MBEDTLS_CFLAGS@|$(MBEDTLS_CFLAGS)|' \
	  -e 's|@MBEDTLS_LIBS@|$(MBEDTLS_LIBS)|' src/moat.pc.in > $(LIB_TO)/pkgconfig/moat.pc
	chmod 644 $(LIB_TO)/pkgconfig/moat.pc
	install -m 644 examples/cli/moat.1 $(MAN)/
	install -m 644 examples/cli/moat.bash $(BASH_COMPLETIONS)/moat
	install -m 644 examples/cli/moat.zsh $(ZSH_COMPLETIONS)/_moat
	install -m 644 examples/cli/moat.fish $(FISH_COMPLETIONS)/
	for unit in $(UNITS); do install -d $(TO)/lib/systemd/$${unit%%/*} && \
	  sed 's|@PREFIX@|$(PREFIX)|' examples/cli/systemd/$$unit > $(TO)/lib/systemd/$$unit && \
	  chmod 644 $(TO)/lib/systemd/$$unit || exit; done

# What install put there, and the one folder that is Moat's own.
uninstall: no_spaces
	rm -f $(TO)/bin/moat $(addprefix $(LIB_TO)/,$(notdir $(LIB) $(POSIX)) pkgconfig/moat.pc)
	rm -f $(addprefix $(TO)/include/,moat_posix.h $(patsubst include/%,%,$(wildcard include/moat/*.h)))
	rm -f $(MAN)/moat.1 $(addprefix $(TO)/lib/systemd/,$(UNITS))
	rm -f $(BASH_COMPLETIONS)/moat $(ZSH_COMPLETIONS)/_moat $(FISH_COMPLETIONS)/moat.fish
	[ ! -d $(TO)/include/moat ] || rmdir $(TO)/include/moat

# The last commit, and nothing of the machine: git's order, the commit's time, no name or time of gzip's.
DIST = moat-$(VERSION)
dist:
	@mkdir -p build
	@[ -z "$$(git status --porcelain)" ] || echo 'dist: what is not committed is not in it' >&2
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ -o build/$(DIST).tar HEAD
	gzip -9nf build/$(DIST).tar

deb: dist
	@tests/setup.sh base qr unit deb
	@port/packages/deb.sh $(VERSION)
