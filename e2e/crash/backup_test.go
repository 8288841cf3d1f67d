package crash_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/pgtest"
)

// backupBuyers is how many assistants buy while a backup is made.
const backupBuyers = 3

// TestABackupUnderLoadIsConsistent makes a backup while assistants ask for
// numbers and a person approves, and restores it elsewhere. What was restored
// is the store of one moment: the trail is whole and is how the other began,
// orders are what their entries say, and what is done in it is done.
func TestABackupUnderLoadIsConsistent(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts programs")
	}
	harness.RequireNoSystemConfig(t)
	for _, engine := range []struct {
		name   string
		place  func(t *testing.T) string
		backup func(t *testing.T, of string) string
	}{
		{"sqlite", func(*testing.T) string { return "" }, copyWhileInUse},
		{"postgres", func(t *testing.T) string { t.Helper(); return pgtest.Database(t) }, dumpAndRestore},
	} {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, asProgram(t), "", engine.place(t))
			c.tool = "did_purchase"
			restored := c.buyMeanwhile(func() string { return engine.backup(t, c.store) })
			writes := len(c.shop.writes())
			other := *c
			other.home, other.store = t.TempDir(), restored
			other.configure("")
			other.resembles(c)
			if n := len(c.shop.writes()); n != writes {
				t.Errorf("from the backup %d requests were sent, want none", n-writes)
			}
		})
	}
}

// asProgram returns the path by which the test binary is the program.
func asProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "didops")
	if err := os.Symlink(self, path); err != nil {
		t.Skip(err)
	}
	return path
}

// buyMeanwhile makes a backup while numbers are bought, the first before it
// and the last of every buyer after it.
func (c *cell) buyMeanwhile(backup func() string) string {
	c.t.Helper()
	numbers := c.offers()
	first, made := make(chan struct{}), make(chan struct{})
	begun := sync.OnceFunc(func() { close(first) })
	var buyers sync.WaitGroup
	for i := range backupBuyers {
		own := *c
		p := own.start(nil, "mcp")
		buy := func(n offered) {
			if out := p.order([]offered{n}); out.Content.Order == nil || out.Content.Order.State != "done" {
				c.t.Errorf("purchase of %s: got %+v", n.Number, out.Content)
			}
			begun()
		}
		buyers.Go(func() {
			defer p.end()
			for n := i + backupBuyers; n < len(numbers); n += backupBuyers {
				select {
				case <-made:
				default:
					buy(numbers[n])
				}
			}
			<-made
			buy(numbers[i])
		})
	}
	<-first
	restored := backup()
	close(made)
	buyers.Wait()
	return restored
}

// resembles holds a restored store against the one that it is a backup of.
func (c *cell) resembles(original *cell) {
	c.t.Helper()
	if out, code := c.run("audit", "verify"); code != 0 {
		c.t.Errorf("audit verify: got exit %d: %s", code, out)
	}
	before, _ := c.run("audit", "export")
	after, _ := original.run("audit", "export")
	if len(before) == 0 || len(before) >= len(after) || !bytes.HasPrefix(after, before) {
		c.t.Errorf("the trail of the backup has %d bytes and that of the store %d, want a part from the begin", len(before), len(after))
	}
	var found struct {
		Orders []kept `json:"orders"`
	}
	out, code := c.run("order", "list", "--limit", "50", "--json")
	if err := json.Unmarshal(out, &found); err != nil || code != 0 {
		c.t.Fatalf("order list: %v in %s, exit %d", err, out, code)
	}
	if want := bytes.Count(before, []byte(`"event":"requested"`)); len(found.Orders) != want || want == 0 {
		c.t.Errorf("got %d orders and %d entries that ask for one", len(found.Orders), want)
	}
	did := c.shop.did(c.t, c.operation())
	done := 0
	for _, o := range found.Orders {
		c.order = o.ID
		for _, l := range c.look(false).Lines {
			switch {
			case l.State == "done" && did[l.Number] != 1:
				c.t.Errorf("%s is done in the backup, and the exchange has done it %d times", l.Number, did[l.Number])
			case l.State == "done":
				done++
			}
		}
	}
	c.t.Logf("%d of %d entries, %d orders, %d lines done", bytes.Count(before, []byte("\n")), bytes.Count(after, []byte("\n")), len(found.Orders), done)
}

// copyWhileInUse backs an SQLite file up as the documents say.
func copyWhileInUse(t *testing.T, of string) string {
	t.Helper()
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?mode=ro&_pragma=busy_timeout(10000)", strings.TrimPrefix(of, "sqlite:")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	path := filepath.Join(t.TempDir(), "restored.db")
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO $1", path); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// dumpAndRestore backs a PostgreSQL database up as the documents say.
func dumpAndRestore(t *testing.T, of string) string {
	t.Helper()
	file, into := filepath.Join(t.TempDir(), "didops.dump"), pgtest.Database(t)
	pgtest.Run(t, "pg_dump", "--format=custom", "--file="+file, "--dbname="+of)
	pgtest.Run(t, "pg_restore", "--exit-on-error", "--single-transaction", "--dbname="+into, file)
	return into
}
