# A stand-in for OpenWrt's package.mk: make gets the variables that package-defaults.mk gives it there.
PKG_BUILD_DIR ?= $(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
PKG_INSTALL_DIR ?= $(PKG_BUILD_DIR)/ipkg-install

MAKE_VARS = CFLAGS="$(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(TARGET_CPPFLAGS) $(EXTRA_CPPFLAGS)" \
  LDFLAGS="$(TARGET_LDFLAGS) $(EXTRA_LDFLAGS)"
MAKE_FLAGS = AR="$(TARGET_CROSS)ar" CC="$(TARGET_CC)" LD="$(TARGET_CROSS)ld" STRIP="$(TARGET_CROSS)strip" \
  CROSS="$(TARGET_CROSS)" ARCH="arm"
MAKE_INSTALL_FLAGS = $(MAKE_FLAGS) DESTDIR="$(PKG_INSTALL_DIR)"

define Build/Prepare/Default
	tar -xzf $(DL_DIR)/$(PKG_SOURCE) -C $(BUILD_DIR)
endef

define Build/Compile/Default
	+$(MAKE_VARS) $(MAKE) -C $(PKG_BUILD_DIR)/. $(MAKE_FLAGS) $(1);
endef

define Build/Install/Default
	+$(MAKE_VARS) $(MAKE) -C $(PKG_BUILD_DIR)/. $(MAKE_INSTALL_FLAGS) $(if $(1), $(1), install);
endef

define BuildPackage
package:
	$(Build/Prepare)
	$(Build/Compile)
	$(if $(PKG_INSTALL),$(call Build/Install/Default,))
	$(call Build/InstallDev,$(STAGING_DIR))
	$(call Package/$(1)/install,$(TARGET_DIR))
endef
