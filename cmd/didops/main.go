// Command didops finds, buys and manages telephone numbers (DIDs) on the
// TelecomsXChange exchange: for people in a shell and on Discord, and for AI
// assistants over MCP.
//
// This package is all the wiring there is: it reads the configuration, opens
// the exchange or the built-in sandbox and the store of orders, declares the
// operations, and hands the gate in front of them to a front end. "serve" runs
// those that are configured side by side, reads the configuration again at a
// hang-up, and stops them in order; "doctor" and "audit" look at what the
// others use. It holds no rule of its own about numbers or orders.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"didops/bots/shell"
	"didops/internal/failpoint"
)

func main() {
	code := run(untilInterrupted(), os.Args[1:], host{
		getenv: os.Getenv,                 //nolint:forbidigo // here the environment becomes an argument
		now:    failpoint.Clock(time.Now), //nolint:forbidigo // and so does the clock
		in:     os.Stdin, out: os.Stdout, err: os.Stderr,
		terminal: shell.TerminalOf(os.Stdin),
		outTTY:   term.IsTerminal(int(os.Stdout.Fd())), errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		width: width(os.Stdout), errWidth: width(os.Stderr),
		environ: os.Environ, hangups: hangups,
	})
	os.Exit(code)
}

// untilInterrupted returns a context that ends with the first signal to end.
// The second one ends the program at once: it does so before anybody can have
// learned of the first.
func untilInterrupted() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

// hangups are the signals to read the configuration again.
func hangups() (<-chan os.Signal, func()) {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGHUP)
	return received, func() { signal.Stop(received) }
}

// host is what the program is given by the operating system.
type host struct {
	getenv         func(string) string
	now            func() time.Time
	in             io.Reader
	terminal       shell.Terminal // what in is, where that is a terminal; nil = it is none
	out, err       io.Writer      // err takes the log, so several goroutines write to it
	outTTY, errTTY bool
	width          int             // columns of out; 0 = not a terminal
	errWidth       int             // the same of err
	environ        func() []string // NAME=value, for names that can't be asked for; nil = empty

	// hangups begins to receive the signals to read the configuration again,
	// until stop is called; nil = there are none.
	hangups func() (received <-chan os.Signal, stop func())
}

func width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, h host) int { return newApp(h).run(ctx, args) }

func (a *app) run(ctx context.Context, args []string) int {
	defer a.close()
	root, face, err := a.root() //nolint:contextcheck // cobra hands the context to the commands
	if err == nil {
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	return shell.Report(face, args, err)
}
