package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"didops/internal/exchange/sandbox"
)

func TestReadingCreatesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "er", "state.db")
	r := start(t, sandbox.Options{State: path})
	offers := r.offers()
	r.list()
	r.post("/number/unsubscribe", "unsubscribe", "12345")
	if _, err := r.Ledger(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	if err := sandbox.CheckState(path); err != nil {
		t.Error(err)
	}
	if exists(t, filepath.Dir(filepath.Dir(path))) {
		t.Fatal("reading created the folder of the state")
	}
	if got := r.buy(text(t, offers[0], "i_did")); got.Status != "success" {
		t.Fatalf("buy: got %+v, want success", got)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s: got mode %v, want %v", name, info.Mode(), want)
		}
	}
	if err := sandbox.CheckState(path); err != nil {
		t.Error(err)
	}
}

func TestStateSurvives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state with 100% & ?#.db")
	first := start(t, sandbox.Options{State: path})
	id := text(t, first.offers()[0], "i_did")
	first.buy(id)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, sandbox.Options{State: path})
	if got := second.list(); len(got) != 1 || got[0]["i_did"] != id {
		t.Errorf("after reopening: got %v, want %s", got, id)
	}
	if got := second.buy(id); got.Message != textsold {
		t.Errorf("buy again: got %+v, want it sold", got)
	}
	if other := start(t, sandbox.Options{State: path, Seed: 9}); len(other.list()) != 0 {
		t.Error("another market has the numbers of this one")
	}
	reader := start(t, sandbox.Options{State: path})
	if len(reader.list()) != 1 {
		t.Error("a second server on the file does not see the purchase")
	}
	if err := second.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := second.Ledger(t.Context()); err != nil || len(got) != 0 || len(reader.list()) != 0 {
		t.Errorf("after a reset: got ledger %v %v and list %v, want nothing", got, err, reader.list())
	}
	if got := second.buy(id); got.Status != "success" {
		t.Errorf("buy after a reset: got %+v, want success", got)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if got := second.list(); len(got) != 0 {
		t.Errorf("after the file was removed: got %v, want nothing", got)
	}
	if got := second.buy(id); got.Status != "success" {
		t.Errorf("buy after the file was removed: got %+v, want success", got)
	}
}

func TestEachNumberIsSoldOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	servers := []*rig{start(t, sandbox.Options{State: path}), start(t, sandbox.Options{State: path, Login: "sandbox"})}
	var ids []string
	for _, d := range servers[0].offers()[:10] {
		ids = append(ids, text(t, d, "i_did"))
	}
	var wins [10]atomic.Int32
	var buyers sync.WaitGroup
	for b := range 32 {
		buyers.Go(func() {
			r := servers[b%2]
			for i := range ids {
				n := (i + b) % len(ids)
				form := values("add", "1", "i_did", ids[n], "billing_i_account", "1", "contact", sip, "smpp_contact", smpp)
				a, err := r.do("/number/purchase", sign("/number/purchase", form))
				switch {
				case err != nil:
					t.Errorf("buyer %d: %v", b, err)
				case strings.Contains(a.body, `"success"`):
					wins[n].Add(1)
				case !strings.Contains(a.body, "already sold"):
					t.Errorf("buyer %d: got %s, want success or sold", b, a.body)
				}
			}
		})
	}
	buyers.Wait()
	for i := range wins {
		if got := wins[i].Load(); got != 1 {
			t.Errorf("number %s: sold %d times, want once", ids[i], got)
		}
	}
	for _, r := range servers {
		entries, err := r.Ledger(t.Context())
		if err != nil || len(entries) != len(ids) {
			t.Errorf("ledger: got %d entries %v, want %d", len(entries), err, len(ids))
		}
		if got := len(r.list()); got != len(ids) {
			t.Errorf("list: got %d, want %d", got, len(ids))
		}
	}
}

func TestStateThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("this is no folder and no database either"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "state.db"), filepath.Dir(file)} {
		if err := sandbox.CheckState(path); err == nil || !strings.Contains(err.Error(), "can't be written") {
			t.Errorf("CheckState(%s): got %v, want an error that says so", path, err)
		}
	}
	for _, path := range []string{filepath.Join(file, "state.db"), file} {
		var log strings.Builder
		r := start(t, sandbox.Options{State: path, Log: zerolog.New(&log)})
		free := start(t, sandbox.Options{})
		if got := r.buy(text(t, free.offers()[0], "i_did")); got.Status != "error" || got.Message != texterror {
			t.Errorf("buy: got %+v, want the documented error", got)
		}
		if !strings.Contains(log.String(), "sandbox state") || !strings.Contains(log.String(), `"operation":"purchase"`) {
			t.Errorf("log: got %s, want the reason", log.String())
		}
	}
}

func TestOptionsOutOfBounds(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 99, 1_000_001} {
		if _, err := sandbox.New(sandbox.Options{Numbers: n}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(n)) {
			t.Errorf("%d numbers: got %v, want an error that names it", n, err)
		}
	}
	if _, err := sandbox.New(sandbox.Options{PageMost: -1}); err == nil {
		t.Error("negative page: got no error")
	}
}

func TestSizesOfMarkets(t *testing.T) {
	t.Parallel()
	for _, n := range []int{100, 101, 3333} {
		r := start(t, sandbox.Options{Numbers: n, PageMost: 5000})
		all := r.market()
		codes := map[any]bool{}
		for _, d := range all {
			codes[d["country_code"]] = true
		}
		if len(all) != n || len(codes) < 40 {
			t.Errorf("got %d rows of %d countries, want %d of 40 or more", len(all), len(codes), n)
		}
		for _, want := range []string{"Mobile - Etisalat", "Mobile - Du"} {
			if n > 1000 && len(r.market("description", want)) == 0 {
				t.Errorf("%d rows: got none of %s", n, want)
			}
		}
	}
	largest := start(t, sandbox.Options{Numbers: sandbox.MostNumbers, PageMost: 2000})
	if got := len(largest.market("pager", "2000", "off", "999000")); got != 1000 {
		t.Errorf("the end of the largest market: got %d rows, want 1000", got)
	}
	var ids []string
	for _, d := range largest.market("prefix", "97142", "pager", "2000", "off", "0") {
		if id, ok := d["i_did"].(string); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if len(ids) < 500 || len(slices.Compact(ids)) != len(ids) {
		t.Errorf("got %d ids, want 500 or more and none twice", len(ids))
	}
}

func TestClosedServer(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{})
	r.market()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Dial(context.WithoutCancel(t.Context()), "tcp", "sandbox:80"); err == nil {
		t.Error("dial after close: got no error")
	}
	if _, err := r.Ledger(t.Context()); err == nil {
		t.Error("ledger after close: got no error")
	}
	unused, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := unused.Close(); err != nil {
		t.Errorf("close unused: %v", err)
	}
}
