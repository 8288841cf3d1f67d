// Command load measures how didops serves many MCP clients at once over HTTP,
// and next to it the same operation on the official Go SDK, on one machine and
// in one run. It needs Linux, where it reads memory and processor time of the
// servers.
//
// Every client has a connection, a token and, where its era has them, a
// session of its own. Clients are spread over the replicas like a balancer of
// connections does, one after the other, without a proxy in between. A client
// of didops shakes hands with another replica than the one it calls.
//
// What the two servers have in common is everything behind the protocol: the
// gate, the search with what it keeps of the market, and the rendering (see
// yardstick.go). Every answer is compared, byte for byte, with the one that the
// same server gave before the run, and that of the SDK's server, once per
// search, with that of didops. A wrong answer, an error or a refusal fails
// the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "load:", err)
		stop()
		os.Exit(1)
	}
}

// plan is what is measured.
type plan struct {
	didops   string        // the program
	clients  int           // at once
	lasts    time.Duration // each measurement
	interval time.Duration // between two calls of a client, where they do not call as fast as they can; 0 = left out
	numbers  int           // on the market
	replicas []int
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) == 2 && args[0] == yardstickCommand {
		return yardstick(ctx, args[1], log)
	}
	p, err := planned(args, log)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "didops-load-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w, err := newWorld(ctx, dir, p)
	if err != nil {
		return err
	}
	defer w.close()
	return measure(ctx, w, p, out)
}

func planned(args []string, log io.Writer) (plan, error) {
	var p plan
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&p.didops, "didops", "", "`PROGRAM` to measure (needed)")
	flags.IntVar(&p.clients, "clients", 1000, "clients at once")
	flags.DurationVar(&p.lasts, "for", 15*time.Second, "how long each measurement lasts")
	flags.DurationVar(&p.interval, "interval", time.Second, "between two calls of a client in the measurements at a steady pace; 0 leaves them out")
	flags.IntVar(&p.numbers, "numbers", 20_000, "numbers on the market")
	replicas := flags.String("replicas", "1,3", "replicas, a `LIST`")
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	for text := range strings.SplitSeq(*replicas, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 16 {
			return p, fmt.Errorf("-replicas: %q is no number from 1 to 16", text)
		}
		p.replicas = append(p.replicas, n)
	}
	var err error
	if p.didops, err = filepath.Abs(p.didops); err != nil || flags.NArg() > 0 {
		return p, errors.Join(err, errors.New("usage: load -didops PROGRAM [flags]"))
	}
	if p.clients < slices.Max(p.replicas) || p.lasts <= 0 || p.interval < 0 {
		return p, errors.New("there must be a client per replica, and time to measure")
	}
	return p, nil
}

// measure takes every measurement of the plan and prints a line for each.
func measure(ctx context.Context, w *world, p plan, out io.Writer) error {
	_, _ = fmt.Fprintf(out, "%d clients, %v each, %d numbers on the market, %d searches\n\n", p.clients, p.lasts, p.numbers, len(searches))
	var errs []error
	printHead(out)
	for _, interval := range slices.Compact([]time.Duration{0, p.interval}) {
		for _, replicas := range p.replicas {
			for _, e := range []era{handshake, stateless} {
				for _, kind := range []kind{didops, sdk} {
					s := scenario{kind: kind, era: e, replicas: replicas, clients: p.clients, lasts: p.lasts, interval: interval}
					r, err := w.play(ctx, s)
					if err != nil {
						return fmt.Errorf("%v: %w", s, err)
					}
					printLine(out, s, r)
					if r.failed > 0 {
						errs = append(errs, fmt.Errorf("%v: %d calls failed, such as: %w", s, r.failed, r.err))
					}
				}
			}
		}
	}
	return errors.Join(errs...)
}
