package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"didops/internal/order"
	"didops/internal/store"
)

// warnings runs doctor and returns what one of its checks deserves a look at.
func (m *machine) warnings(t *testing.T, name string, args ...string) string {
	t.Helper()
	m.run(t, append([]string{"doctor", "--json"}, args...)...)
	var report struct {
		Checks []check `json:"checks"`
	}
	if err := json.Unmarshal([]byte(m.out.String()), &report); err != nil {
		t.Fatalf("%v: %s%s", err, m.out.String(), m.err.String())
	}
	var found []string
	for _, c := range report.Checks {
		if c.Name == name && c.Status == statusWarn {
			found = append(found, c.Message+" / "+c.Remedy)
		}
	}
	return strings.Join(found, "\n")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDoctorTellsWhatAssistantsDoNotPassOn holds that variables by which the
// shell works on something else than an assistant would are told, and no
// others.
func TestDoctorTellsWhatAssistantsDoNotPassOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		env   map[string]string
		args  []string
		words string // "" = nothing is said
	}{
		{"nothing", nil, nil, ""},
		{"another file", map[string]string{"DIDOPS_CONFIG": "HOME/other/didops/config.toml"}, nil, "DIDOPS_CONFIG counts in this shell"},
		{"another folder", map[string]string{"XDG_CONFIG_HOME": "HOME/other"}, nil, "XDG_CONFIG_HOME counts in this shell"},
		{"another state", map[string]string{"XDG_STATE_HOME": "HOME/state"}, nil, "XDG_STATE_HOME counts in this shell"},
		{"a secret", map[string]string{"DIDOPS_STORE_URL": "sqlite:HOME/o.db"}, nil, "DIDOPS_STORE_URL counts in this shell"},
		{"the usual folder", map[string]string{"XDG_CONFIG_HOME": "HOME/.config", "XDG_STATE_HOME": "HOME/.local/state"}, nil, ""},
		{"a file that is named", map[string]string{"XDG_CONFIG_HOME": "HOME/other"}, []string{"--config", "HOME/other/didops/config.toml"}, ""},
		{"of somebody else's", map[string]string{"XDG_SESSION_TYPE": "tty"}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			home := m.env["HOME"]
			write(t, filepath.Join(home, "other", "didops", "config.toml"), "[limits]\nmax_order_total = \"7.00\"\n")
			for name, value := range tt.env {
				m.env[name] = strings.ReplaceAll(value, "HOME", home)
			}
			var args []string
			for _, a := range tt.args {
				args = append(args, strings.ReplaceAll(a, "HOME", home))
			}
			got := m.warnings(t, "environment", args...)
			if (tt.words == "") != (got == "") || !strings.Contains(got, tt.words) {
				t.Errorf("got %q, want %q", got, tt.words)
			}
		})
	}
}

// TestDoctorWarnsOfOpenFolders holds that a folder which others may write is
// told, whatever it holds, and one above it too.
func TestDoctorWarnsOfOpenFolders(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such bits")
	}
	for _, tt := range []struct {
		name, folder string
		mode         os.FileMode
		warns        bool
	}{
		{"closed", "store", 0o700, false},
		{"read by others", "store", 0o755, false},
		{"written by all", "store", 0o777, true},
		{"written by a group", "store", 0o770, true},
		{"written by all, files kept", "store", 0o777 | os.ModeSticky, true},
		{"the configuration's", "conf", 0o777, true},
		{"one above", "", 0o777, true},
		{"one above, files kept", "", 0o777 | os.ModeSticky, false},
		{"one above, of a group", "", 0o775, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			top := filepath.Join(m.env["HOME"], "top")
			config := filepath.Join(top, "conf", "config.toml")
			write(t, config, "[store]\nurl = \"sqlite:"+filepath.Join(top, "store", "orders.db")+"\"\n")
			write(t, filepath.Join(top, "store", "other"), "")
			if err := os.Chmod(filepath.Join(top, tt.folder), tt.mode); err != nil {
				t.Fatal(err)
			}
			got := m.warnings(t, "folder", "--config", config)
			if (got != "") != tt.warns || tt.warns && !strings.Contains(got, "chmod go-w "+filepath.Join(top, tt.folder)) {
				t.Errorf("got %q, want a warning: %t", got, tt.warns)
			}
		})
	}
}

// TestDoctorTellsOfAnotherAddressOfTheAccount holds that orders of the same
// login at another host are told.
func TestDoctorTellsOfAnotherAddressOfTheAccount(t *testing.T) {
	t.Parallel()
	for other, warns := range map[string]bool{
		"http://127.0.0.2:1 acme": true, "http://127.0.0.1:1/v2 acme": true,
		"http://127.0.0.1:1 other": false, "http://127.0.0.1:1 acme": false, "sandbox": false,
	} {
		m := newMachine(t)
		path := filepath.Join(m.env["HOME"], "orders.db")
		config := filepath.Join(m.env["HOME"], "config.toml")
		write(t, config, "[exchange]\nurl = \"http://127.0.0.1:1\"\napi_login = \"acme\"\napi_key = \"k\"\ntimeout = \"1s\"\n[store]\nurl = \"sqlite:"+path+"\"\n")
		s, err := store.Open(store.Config{Path: path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, other)
		if got := m.warnings(t, "store", "--config", config); (got != "") != warns {
			t.Errorf("%s: got %q, want a warning: %t", other, got, warns)
		}
	}
}

// keep has a store keep an order of an exchange.
func keep(t *testing.T, s *store.Store, exchange string) {
	t.Helper()
	err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
		return tx.Insert(order.Record{ID: "o-1", Exchange: exchange, Tool: "did_purchase", Kind: "purchase", Phase: order.PhaseCancelled, Created: time.Now()})
	})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
