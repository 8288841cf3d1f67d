package market_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/testing/wide"
)

// roleVariable has a test binary be a process of the tests.
const roleVariable = "DIDOPS_TEST_MARKET"

func TestMain(m *testing.M) {
	role, path, is := strings.Cut(os.Getenv(roleVariable), " ")
	if !is {
		os.Exit(m.Run())
	}
	// What is logged, such as that a file is thrown away, fails the test.
	file := market.NewFile(path, zerolog.New(os.Stderr))
	mirror := market.New(file, market.Config{Scope: scope, Now: time.Now, CellRows: 100, Hold: role == "reader"})
	var err error
	if role == "writer" {
		err = remember(mirror)
	} else {
		err = watch(mirror)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// remember has a memory record a market, all of which has one price, over and
// over: the time at which the reading began. It says when one is kept.
func remember(m *market.Mirror) error {
	ctx := context.Background()
	for {
		r := m.Record(exchange.MarketQuery{})
		rows := some(1000)
		for i := range rows {
			rows[i].MonthlyFee = money.MustParse(fmt.Sprintf("%d.%06d", r.Started().Unix(), r.Started().Nanosecond()/1000))
			rows[i].Digits = fmt.Sprint(12025000000 + i*7919)
		}
		r.Take(ctx, rows)
		if _, err := r.End(ctx, exchange.Reading{End: true, Complete: true, Rows: len(rows)}); err != nil {
			return err
		}
		fmt.Println("kept")
	}
}

// watch reads a memory until its input ends: all of the market, at one price,
// which never is an earlier one than before.
func watch(m *market.Mirror) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	var last money.Amount
	for n := 0; ; n++ {
		if err := look(m, &last); err != nil {
			return fmt.Errorf("look %d: %w", n, err)
		}
		select {
		case <-ended:
			fmt.Println("looked", n)
			return nil
		default:
		}
	}
}

func look(m *market.Mirror, last *money.Amount) error {
	rows := 0
	var price money.Amount
	began := time.Now()
	err := m.Look(context.Background(), func(v *market.View) error {
		return v.Visit(context.Background(), []string{""}, func(c *market.Cell) error {
			for i := range c.Len() {
				switch fee := c.MonthlyFee(i); {
				case rows == 0:
					price = fee
				case fee.Cmp(price) != 0:
					return fmt.Errorf("got the prices %s and %s in one state", price, fee)
				}
				rows++
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return err
	case rows != 1000:
		return fmt.Errorf("got %d rows", rows)
	case last.Known() && price.Cmp(*last) < 0:
		return fmt.Errorf("got the price %s after %s", price, *last)
	case time.Since(began) > time.Minute:
		return errors.New("a look took a minute")
	}
	*last = price
	return nil
}

// process is another process of the tests.
type process struct {
	*exec.Cmd
	in   io.Closer
	out  *bufio.Scanner
	said *bytes.Buffer
}

func launch(t *testing.T, role, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:noctx // it is ended, or killed, by the test
	cmd.Env = append(os.Environ(), roleVariable+"="+role+" "+path)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	p := &process{Cmd: cmd, in: in, out: bufio.NewScanner(out), said: &bytes.Buffer{}}
	cmd.Stderr = p.said
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	return p
}

// kept waits until a writer has kept so many readings.
func (p *process) kept(t *testing.T, times int) {
	t.Helper()
	for range times {
		if !p.out.Scan() {
			t.Fatalf("a writer ended: %v: %s", p.Wait(), p.said)
		}
	}
}

// kill ends a process in the midst of what it does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // that it was killed
	if p.said.Len() > 0 {
		t.Errorf("a process said: %s", p.said)
	}
}

// TestProcessesThatAreKilled has two processes write the memory and five read
// it, while one writer after the other is killed in the midst of its work and
// started anew: no reader ever gets what was not one reading, or is refused, and
// nothing is thrown away. All of it takes a minute.
func TestProcessesThatAreKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "market.db")
	writers := []*process{launch(t, "writer", path), launch(t, "writer", path)}
	writers[0].kept(t, 1)
	var readers []*process
	for range 5 {
		readers = append(readers, launch(t, "reader", path))
	}
	until := time.Now().Add(time.Minute)
	for i := 0; i < 12 || wide.Wanted() && time.Now().Before(until); i++ {
		w := &writers[i%2]
		(*w).kept(t, 1+i%3) // and the next is under way
		(*w).kill(t)
		*w = launch(t, "writer", path)
	}
	for _, w := range writers {
		w.kept(t, 2)
		w.kill(t)
	}
	var ends sync.WaitGroup
	for _, r := range readers {
		ends.Go(func() {
			if err := r.in.Close(); err != nil {
				t.Error(err)
			}
			looked := r.out.Scan()
			if err := r.Wait(); err != nil || !looked || r.said.Len() > 0 {
				t.Errorf("a reader ended with %v, and said: %s", err, r.said)
			}
		})
	}
	ends.Wait()
}

// TestACrashAnywhereInAWrite cuts the log of a write off at each of its frames and in
// the midst of them, as a crash may leave it: what is read then is the state
// before the write or the one after it.
func TestACrashAnywhereInAWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "market.db")
	m, c := newMirror(t, path, false)
	rows := some(300)
	read(t, m, exchange.MarketQuery{}, rows, whole)
	execute(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
	c.at = c.at.Add(time.Minute)
	read(t, m, exchange.MarketQuery{Prefix: "12025550"}, rows[:120], whole)
	file, err1 := os.ReadFile(path)
	log, err2 := os.ReadFile(path + "-wal")
	if err := errors.Join(err1, err2); err != nil || len(log) < 4096 {
		t.Fatalf("got a log of %d bytes, %v", len(log), err)
	}
	const head, frame = 32, 24 + 4096
	found := map[int]int{}
	for cut := 0; cut <= len(log); cut += 1 + frame*2/3 {
		for _, at := range []int{cut, head + (cut-head)/frame*frame} {
			crashed := filepath.Join(t.TempDir(), "market.db")
			write(t, crashed, file)
			if err := os.WriteFile(crashed+"-wal", log[:max(0, min(at, len(log)))], 0o600); err != nil {
				t.Fatal(err)
			}
			n, err := count(t, crashed)
			if err != nil {
				t.Errorf("cut at %d of %d: %v", at, len(log), err)
			}
			found[n]++
		}
	}
	if len(found) > 2 || found[300] == 0 {
		t.Errorf("got these numbers of rows, by how often: %v, want 300 and what is left of them", found)
	}
}
