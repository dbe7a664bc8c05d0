# Everything a person does with the project, by name. `make` alone builds.
PREFIX  ?= /usr/local
DESTDIR ?=
CARGO   ?= cargo
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ARCH    := $(shell dpkg --print-architecture 2>/dev/null || uname -m)
PROGRAMS := virt-install virt-xml virt-clone virsh virt-manager xmount xumount
BUILT   := target/release

.PHONY: all deps build demo demo-clean test bench install deb clean

all: build

deps:
	data/deps.sh build run

build: deps
	$(CARGO) build --release --locked

demo:
	data/deps.sh build run demo
	$(CARGO) build --release --locked
	tests/demo/demo.sh

demo-clean:
	tests/demo/demo.sh --clean

test:
	data/deps.sh build run demo test
	tests/run

bench:
	data/deps.sh build run demo test bench
	$(CARGO) build --release --locked
	tests/bench

# Needs a finished `make build`; run it as whoever may write to PREFIX.
install:
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/share/applications \
	  $(DESTDIR)$(PREFIX)/share/icons/hicolor/scalable/apps $(DESTDIR)$(PREFIX)/lib/systemd/user
	for program in $(PROGRAMS); do \
	  install -m 755 $(BUILT)/$$program $(DESTDIR)$(PREFIX)/bin/ && \
	  $(BUILT)/$$program --generate man >$(DESTDIR)$(PREFIX)/share/man/man1/$$program.1 && \
	  $(BUILT)/$$program --generate bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$program && \
	  $(BUILT)/$$program --generate zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$program && \
	  $(BUILT)/$$program --generate fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$program.fish || exit 1; \
	done
	install -m 644 data/*.desktop $(DESTDIR)$(PREFIX)/share/applications/
	install -m 644 data/icons/*.svg $(DESTDIR)$(PREFIX)/share/icons/hicolor/scalable/apps/
	for unit in data/units/*.service; do \
	  sed 's|@PREFIX@|$(PREFIX)|' $$unit >$(DESTDIR)$(PREFIX)/lib/systemd/user/$${unit##*/} || exit 1; \
	done

# /opt, so that it sits beside the distribution's own virsh and virt-install instead of replacing them.
deb: build
	rm -rf target/deb && $(MAKE) install DESTDIR=target/deb PREFIX=/opt/xctl
	install -d target/deb/DEBIAN
	sed 's/@VERSION@/$(VERSION)/; s/@ARCH@/$(ARCH)/' data/deb-control >target/deb/DEBIAN/control
	dpkg-deb --root-owner-group --build target/deb target/xctl_$(VERSION)_$(ARCH).deb

clean: demo-clean
	$(CARGO) clean
