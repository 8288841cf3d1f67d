package app

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/internal/render"
	"didops/internal/store"
)

// memoryOf runs "didops market status --json" and returns what it says.
func memoryOf(t *testing.T, m *machine) memoryReport {
	t.Helper()
	if code := m.run(t, "market", "status", "--json"); code != 0 || m.err.Len() > 0 {
		t.Fatalf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	var r memoryReport
	if err := json.Unmarshal(m.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func synced(t *testing.T, m *machine, args ...string) syncReport {
	t.Helper()
	if code := m.run(t, append([]string{"market", "sync", "--json"}, args...)...); code != 0 || m.err.Len() > 0 {
		t.Fatalf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	var r syncReport
	if err := json.Unmarshal(m.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMarketFromNothing syncs a part of the market and then all of it, and
// follows what status says of it until it is deleted.
func TestMarketFromNothing(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.env["HOME"], ".local", "state", "didops", "market.db")
	m.env["XDG_STATE_HOME"] = filepath.Join(m.env["HOME"], ".local", "state")
	if r := memoryOf(t, m); !r.On || r.Rows != 0 || r.Due != 1 || r.Whole || r.Place != path || !strings.Contains(r.Summary, "Nothing is remembered yet") {
		t.Errorf("got %+v of nothing", r)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("got a file of what was only looked at")
	}
	if r := synced(t, m, "--country", "UAE"); !r.Complete || r.Rows == 0 || r.New != r.Rows || r.Parts != 1 {
		t.Errorf("got %+v of one country", r)
	}
	part := memoryOf(t, m)
	if part.Rows == 0 || part.Fresh != part.Rows || part.Whole || part.Coverage != 1 || part.Bytes == 0 || part.Readings != 1 || part.Oldest == nil {
		t.Errorf("got %+v of one country", part)
	}
	if r := synced(t, m); !r.Complete || r.Rows != 10_000 || r.Parts != 1 || r.New != r.Rows-part.Rows {
		t.Errorf("got %+v of all", r)
	}
	if r := memoryOf(t, m); r.Rows != 10_000 || !r.Whole || r.Due != 0 || r.Changes.Days == 0 {
		t.Errorf("got %+v of all", r)
	}
	if r := synced(t, m); !r.Complete || r.Parts != 0 || r.Rows != 0 {
		t.Errorf("got %+v of what is young enough", r)
	}
	if r := synced(t, m, "--fresh", "--prefix", "+971 50"); r.Parts != 1 || r.Rows == 0 || r.New != 0 {
		t.Errorf("got %+v of what is read anyway", r)
	}
	for file := range strings.FieldsSeq(strings.TrimPrefix(memoryOf(t, m).Delete, "rm -f ")) {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
	if r := memoryOf(t, m); r.Rows != 0 || r.Due != 1 {
		t.Errorf("got %+v after it was deleted", r)
	}
}

// TestMarketWithoutAMemory holds what is said where there can be none.
func TestMarketWithoutAMemory(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, m *machine, state string)
		status  int
		sync    int
		says    string
	}{
		{"off", func(t *testing.T, m *machine, state string) {
			t.Helper()
			config := filepath.Join(state, "off.toml")
			if err := os.WriteFile(config, []byte("[market]\nmirror = \"off\"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			m.env["DIDOPS_CONFIG"] = config
		}, 0, 2, "switched off"},
		{"a folder in its place", func(t *testing.T, _ *machine, state string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Join(state, "didops", "market.db"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, 1, 1, "can't be used in"},
		{"a file of somebody else's that is closed", func(t *testing.T, _ *machine, state string) {
			t.Helper()
			if os.Geteuid() == 0 {
				t.Skip("nothing is closed to root")
			}
			path := filepath.Join(state, "didops", "market.db")
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0)); err != nil {
				t.Fatal(err)
			}
		}, 1, 1, "can't be used in"},
		{"no place", func(t *testing.T, m *machine, _ string) {
			t.Helper()
			delete(m.env, "HOME")
			delete(m.env, "XDG_STATE_HOME")
		}, 2, 2, "HOME"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			state := t.TempDir()
			m.env["XDG_STATE_HOME"] = state
			tt.prepare(t, m, state)
			if code := m.run(t, "market", "status"); code != tt.status {
				t.Errorf("status: got exit %d, want %d: %s%s", code, tt.status, m.out.String(), m.err.String())
			}
			if code := m.run(t, "market", "sync"); code != tt.sync || !strings.Contains(m.err.String(), tt.says) {
				t.Errorf("sync: got exit %d, want %d with %q: %s%s", code, tt.sync, tt.says, m.out.String(), m.err.String())
			}
		})
	}
}

// TestChangesADay holds that changes are told by the days in which they lie, and
// not by those on which somebody looked.
func TestChangesADay(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		memory, now time.Time
		want        int
	}{
		{monday.AddDate(0, 0, -30), monday.Add(time.Hour), 1},
		{monday.AddDate(0, 0, -30), monday.AddDate(0, 0, 7), 7},
		{monday.AddDate(0, 0, -30), monday.AddDate(0, 0, 12).Add(time.Hour), 13},
		{monday.AddDate(0, 0, 3), monday.AddDate(0, 0, 7), 4},
		{monday.AddDate(0, 0, 3), monday.AddDate(0, 0, 3), 1},
	} {
		if got := span(monday, tt.memory, tt.now); got != tt.want {
			t.Errorf("from %s to %s: got %d days, want %d", tt.memory, tt.now, got, tt.want)
		}
	}
	r := memoryReport{On: true, Changes: changes{Days: 2, Over: 7, Came: 70, Went: 35, Repriced: 3}}
	var b strings.Builder
	if err := render.Plain(&b, r.doc(monday), render.PlainOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	if want := "10 came, 5 went, 0 repriced; all was read on 2 of 7 days"; !strings.Contains(b.String(), want) {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

// TestMarketOfAnotherVersion holds that a file which can't be understood is
// said to be thrown away, and is read anew.
func TestMarketOfAnotherVersion(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env["XDG_STATE_HOME"] = t.TempDir()
	path := filepath.Join(m.env["XDG_STATE_HOME"], "didops", "market.db")
	synced(t, m, "--country", "UAE")
	if err := os.WriteFile(path, []byte(strings.Repeat("a letter to my aunt\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := m.run(t, "market", "status"); code != 0 || !strings.Contains(m.err.String(), "thrown away") || !strings.Contains(m.out.String(), "Nothing is remembered yet") {
		t.Errorf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	if r := synced(t, m, "--country", "UAE"); r.New == 0 {
		t.Errorf("got %+v, want it read anew", r)
	}
}

// TestMarketSyncWaitsItsTurn holds that a second sync says that it waits for the
// first, and finds nothing left to do.
func TestMarketSyncWaitsItsTurn(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env["XDG_STATE_HOME"] = t.TempDir()
	kept, err := store.Open(store.Config{Path: filepath.Join(m.env["XDG_STATE_HOME"], "didops", "sandbox-orders.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	if mine, err := kept.Leases().Acquire(t.Context(), "market sync sandbox", "another", 2e9); !mine || err != nil {
		t.Fatalf("got %t, %v", mine, err)
	}
	if code := m.run(t, "market", "sync"); code != 0 || !strings.Contains(m.err.String(), "waiting for what it brings") {
		t.Errorf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
}
