//go:build unix

package config_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"didops/internal/config"
	"didops/internal/fault"
)

// TestWhatIsNoFileIsRefused holds that a file to be read which is a pipe that
// nobody writes to, a socket or a device ends with an error, wherever it is
// named, and that there is nothing to wait for.
func TestWhatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipe can be made here: %v", err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{"pipe": pipe, "link to a pipe": link, "device": "/dev/zero"}
	if l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, "s")); err == nil {
		defer func() { _ = l.Close() }()
		places["socket"] = filepath.Join(dir, "s")
	}
	for what, path := range places {
		named := filepath.Join(dir, strings.ReplaceAll(what, " ", "-")+".toml")
		text := "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"acme\"\napi_key_file = \"" + path + "\"\n"
		if err := os.WriteFile(named, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env := func(name string) string { return map[string]string{"DIDOPS_CONFIG": path}[name] }
		for how, load := range map[string]func() error{
			"the configuration": func() error { _, err := config.Load(config.Source{Flag: path}); return err },
			"by environment":    func() error { _, err := config.Load(config.Source{Getenv: env}); return err },
			"a key":             func() error { _, err := config.Load(config.Source{Flag: named}); return err },
			"another file":      func() error { _, err := config.ReadFile("http.tls_key", path); return err },
		} {
			if f, ok := fault.As(load()); !ok || f.Code != fault.Invalid || !strings.Contains(f.Message, "pipe or a device") {
				t.Errorf("a %s as %s: got %v, want invalid", what, how, f)
			}
		}
	}
	if _, err := config.Load(config.Source{Flag: os.DevNull}); err != nil {
		t.Errorf("the null device is no empty configuration: %v", err)
	}
}
