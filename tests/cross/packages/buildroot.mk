# A stand-in for Buildroot: make gets the variables of package/Makefile.in, and the steps of pkg-generic.mk follow one
# another. The environment says what is for the target. RECIPE is the package's .mk.
# Relative for a package in Buildroot's own tree, while the downloader works in another folder.
MOAT_PKGDIR = $(shell realpath --relative-to=. $(DL_DIR))
INSTALL := $(shell command -v install)
TARGET_MAKE_ENV = PATH="$(PATH)"
TARGET_CONFIGURE_OPTS = $(TARGET_MAKE_ENV) AR="$(TARGET_CROSS)ar" LD="$(TARGET_CROSS)ld" CC="$(TARGET_CC)" GCC="$(TARGET_CC)" \
  STRIP="$(TARGET_CROSS)strip" CPPFLAGS="-D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64" \
  CFLAGS="$(TARGET_CFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)" PKG_CONFIG="$(PKG_CONFIG)" STAGING_DIR="$(STAGING_DIR)"

define generic-package
$$(BUILD_DIR)/moat-$$(MOAT_VERSION)/.stamp_installed:
	mkdir -p $$(@D)
	cd $$(@D) && tar -xzf $$(MOAT_SITE)/moat-$$(MOAT_VERSION).tar.gz --strip-components=1
	+$$(MOAT_BUILD_CMDS)
	$$(if $$(filter YES,$$(MOAT_INSTALL_STAGING)),+$$(MOAT_INSTALL_STAGING_CMDS))
	+$$(MOAT_INSTALL_TARGET_CMDS)
	$$(if $$(BR2_INIT_SYSTEMD),+$$(MOAT_INSTALL_INIT_SYSTEMD))
endef
include $(RECIPE)
