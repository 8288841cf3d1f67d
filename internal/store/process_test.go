package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/market"
	"didops/internal/order"
	"didops/internal/store"
)

// processVariable makes the test binary a process that plays a part on a
// store: part, a space, path.
const processVariable = "STORE_TEST_PROCESS"

// TestProcess is not a test of its own: others run it in processes.
func TestProcess(t *testing.T) {
	t.Parallel()
	part, path, ok := strings.Cut(os.Getenv(processVariable), " ")
	if !ok {
		t.Skip("runs only as a process of other tests")
	}
	_, _ = io.ReadAll(os.Stdin) // until all are told to begin
	switch part {
	case "race":
		race(t, at(t, path))
	case "first":
		trail(t, at(t, path), "first")
	case "cramped":
		cramped(t, path)
	case "work":
		s := at(t, path)
		for {
			work(t, s)
			fmt.Println("done") // counted by who kills this process
		}
	default: // a point at which it ends
		c := in(path)
		c.Hook = func(point string) {
			if point == part {
				kill(os.Getpid())
			}
		}
		work(t, with(t, c))
	}
}

// kill ends a process as a loss of power would.
func kill(pid int) {
	p, err := os.FindProcess(pid)
	if err != nil {
		panic(err)
	}
	_ = p.Kill()
	if pid == os.Getpid() {
		select {}
	}
}

// process prepares a process that plays a part. It waits for the end of its
// standard input.
func process(t *testing.T, part, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$")
	cmd.Env = append(os.Environ(), processVariable+"="+part+" "+path)
	return cmd
}

// together runs n processes that begin at once, and returns what they said.
func together(t *testing.T, n int, part, path string) string {
	t.Helper()
	var said bytes.Buffer
	var mu sync.Mutex
	var ended sync.WaitGroup
	var begin []io.Closer
	for range n {
		cmd := process(t, part, path)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		begin = append(begin, in)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended.Go(func() {
			err := cmd.Wait()
			mu.Lock()
			defer mu.Unlock()
			said.Write(out.Bytes())
			if err != nil {
				t.Errorf("a process: %v\n%s", err, out.String())
			}
		})
	}
	for _, in := range begin {
		_ = in.Close()
	}
	ended.Wait()
	return said.String()
}

const (
	racers  = 8
	rounds  = 25
	numbers = 15
)

// race counts, takes numbers without asking whose they are, and takes a lease.
func race(t *testing.T, s *store.Store) {
	t.Helper()
	me := strconv.Itoa(os.Getpid())
	for round := range rounds {
		change(t, s, "o-count", func(r *order.Record) { r.Lines[0].Tries++ })
		trail(t, s, "counted")
		if round < numbers {
			err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
				return tx.Insert(pending(fmt.Sprint("o-", me, "-", round), 0, fmt.Sprint(round)))
			})
			if err != nil && !errors.Is(err, store.ErrHeld) {
				t.Error(err)
			}
		}
	}
	mine, err := s.Leases().Acquire(t.Context(), "settle", me, time.Hour)
	if err != nil {
		t.Error(err)
	}
	if mine {
		fmt.Println("leader", me)
	}
}

func TestProcessesLoseNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		insert(t, s, pending("o-count", 0, "count"))
		said := together(t, racers, "race", path)
		equal(t, "counted", orderOf(t, s, "o-count").Lines[0].Tries, racers*rounds)
		if head, err := s.Audit().Head(t.Context()); head != racers*rounds || err != nil {
			t.Errorf("head: got %d, %v, want %d", head, err, racers*rounds)
		}
		if n := strings.Count(said, "leader"); n != 1 {
			t.Errorf("got %d leaders, want 1:\n%s", n, said)
		}
		read(t, s.Orders(), func(tx order.Tx) error {
			list, err := tx.Orders(order.Filter{Exchange: exchange, Limit: 1000})
			equal(t, "orders", len(list), 1+numbers)
			return err
		})
		checkTrail(t, s)
	})
}

func TestProcessesMakeOneStore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		const many = 16
		path := place(t)
		together(t, many, "first", path)
		s := at(t, path)
		if head, err := s.Audit().Head(t.Context()); head != many || err != nil {
			t.Errorf("head: got %d, %v, want %d", head, err, many)
		}
		checkTrail(t, s)
	})
}

// TestProcessesBringAnOlderStoreUpToDate lets many meet a store that lacks the
// last migration.
func TestProcessesBringAnOlderStoreUpToDate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		trail(t, s, "of the older version")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, table := range market.Tables() {
			alter(t, path, `DROP TABLE IF EXISTS `+table)
		}
		for _, undo := range []string{
			`DELETE FROM didops_versions WHERE version_id = 10`,
			`DROP TABLE results`, `DELETE FROM didops_versions WHERE version_id = 9`,
			`DROP TABLE companions`, `DELETE FROM didops_versions WHERE version_id = 8`,
		} {
			alter(t, path, undo)
		}
		together(t, racers, "first", path)
		s = at(t, path)
		if head, err := s.Audit().Head(t.Context()); head != 1+racers || err != nil {
			t.Errorf("head: got %d, %v, want %d", head, err, 1+racers)
		}
		checkTrail(t, s)
	})
}

// checkTrail reads the whole audit trail, and looks for the last entry of
// every order in it. The orders of these tests were asked for by nobody, so
// that is all that can be compared.
func checkTrail(t *testing.T, s *store.Store) {
	t.Helper()
	var a audit.Report
	err := s.Verification().Read(t.Context(), func(tx order.VerifyTx) (err error) {
		hashes := map[int64]string{}
		if a, err = audit.Verify(tx, "", func(k audit.Kept, _ audit.Entry) { hashes[k.Seq] = k.Hash }); err != nil {
			return err
		}
		return tx.Lasts(func(id string, seq int64, hash string) error {
			if hashes[seq] != hash {
				a.Wrong(seq, "order %s has a last entry %d that is not in the trail", id, seq)
			}
			return nil
		})
	})
	if errors.Is(err, order.ErrNone) {
		err = nil
	}
	if err != nil || a.Fault != "" {
		t.Errorf("the audit trail: got %v %q, want it whole", err, a.Fault)
	}
}

// work is one transaction that changes several tables.
func work(t *testing.T, s *store.Store) {
	t.Helper()
	write(t, s.Orders(), func(tx order.Tx) error {
		for _, id := range []string{"o-1", "o-2"} {
			r, err := tx.Order(id)
			if err != nil {
				return err
			}
			r.Lines[0].Tries++
			if r.Entry, r.EntryHash, err = tx.Append(audit.Entry{At: morning(), Event: "worked", Order: id}); err != nil {
				return err
			}
			if err := tx.Save(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// worked returns how often work was done, after checking that it was done as
// a whole each time.
func worked(t *testing.T, s *store.Store) int {
	t.Helper()
	var a, b order.Record
	var head int64
	read(t, s.Verification(), func(tx order.VerifyTx) (err error) {
		if a, err = tx.Order("o-1"); err != nil {
			return err
		}
		if b, err = tx.Order("o-2"); err != nil {
			return err
		}
		return tx.Entries(func(k audit.Kept) error {
			head = k.Seq
			return nil
		})
	})
	n := a.Lines[0].Tries
	if b.Lines[0].Tries != n || head != 2*int64(n) || a.Rev != int64(n)+1 || b.Rev != a.Rev {
		t.Errorf("got %d and %d times, revisions %d and %d, %d entries: want as many of each", n, b.Lines[0].Tries, a.Rev, b.Rev, head)
	}
	checkTrail(t, s)
	return n
}

// settle waits until what a process that was killed had begun has come to its
// end: a server carries out a commit that is on its way.
func settle(t *testing.T, s *store.Store) {
	t.Helper()
	errNothing := errors.New("nothing to write")
	if err := s.Orders().Write(t.Context(), func(order.Tx) error { return errNothing }); !errors.Is(err, errNothing) {
		t.Fatal(err)
	}
}

func TestAKilledProcessLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		for point, want := range map[string]int{store.BeforeCommit: 0, store.AfterCommit: 1} {
			t.Run(point, func(t *testing.T) {
				t.Parallel()
				path := place(t)
				insert(t, at(t, path), pending("o-1", 0, "1"), pending("o-2", 0, "2"))
				if out, err := process(t, point, path).CombinedOutput(); err == nil {
					t.Fatalf("got %s, want a process that was killed", out)
				}
				s := at(t, path)
				equal(t, "worked", worked(t, s), want)
				work(t, s)
				equal(t, "worked again", worked(t, s), want+1)
			})
		}
	})
}

// TestAWorkingProcessIsKilled kills a writer wherever it happens to be, while
// others read.
func TestAWorkingProcessIsKilled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		insert(t, s, pending("o-1", 0, "1"), pending("o-2", 0, "2"))
		total := 0
		for kills := range 8 {
			cmd := process(t, "work", path)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines, done := bufio.NewScanner(out), 0
			for lines.Scan() {
				if lines.Text() != "done" {
					continue
				}
				if done++; done == 5+kills {
					kill(cmd.Process.Pid)
				} else if done < 5+kills {
					worked(t, s) // never half
				}
			}
			_ = cmd.Wait()
			settle(t, s)
			n := worked(t, s)
			if n < total+done || n > total+done+1 {
				t.Errorf("got %d times, want the %d that were told, or the one that was not", n-total, done)
			}
			total = n
		}
		// Nobody has the store open: what is left of the last one is put in order
		// by who opens it.
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		equal(t, "worked", worked(t, at(t, path)), total)
		equal(t, "state", orderOf(t, at(t, path), "o-1").Lines[0].State, order.LineWaiting)
	})
}
