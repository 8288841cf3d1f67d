// Package app is the program: all the wiring there is. It reads the
// configuration, opens the exchange or the built-in sandbox and the store of
// orders, declares the operations, and hands the gate in front of them to a
// front end. "serve" runs those that are configured side by side, reads the
// configuration again at a hang-up, and stops them in order; "doctor" and
// "audit" look at what the others use. It holds no rule of its own about
// numbers or orders.
//
// Command didops calls [Main]; tests call [Run] with an environment of their
// own.
package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"didops/bots/shell"
	"didops/internal/deadline"
	"didops/internal/failpoint"
)

// Main is the program as a command, of a release that the build names; ""
// where it names none. It does not return.
func Main(version, commit string) { main(version, commit, 0) }

// PatientMain is [Main] for tests that start the program on machines that may be
// slow, with the patience of a [Host].
func PatientMain(patience time.Duration) { main("", "", patience) }

func main(version, commit string, patience time.Duration) {
	out, log := deadline.NewOutput(os.Stdout), deadline.NewWriter(os.Stderr)
	ctx := untilInterrupted(func() {
		out.Bound(unread)
		log.Bound(unread)
	})
	code := Run(ctx, os.Args[1:], Host{
		Getenv: environment(os.Getenv, accountHome), //nolint:forbidigo // here the environment becomes an argument
		Now:    failpoint.Clock(time.Now),           //nolint:forbidigo // and so does the clock
		In:     os.Stdin, Out: out, Err: log,
		Terminal: shell.TerminalOf(os.Stdin),
		OutTTY:   term.IsTerminal(int(os.Stdout.Fd())), ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		Width: width(os.Stdout), ErrWidth: width(os.Stderr),
		Environ: os.Environ, Patience: patience, hangups: hangups, version: version, commit: commit,
	})
	os.Exit(code)
}

// untilInterrupted returns a context that ends with the first signal to end.
// The second one ends the program at once: it does so before anybody can have
// learned of the first. The first one also calls first.
func untilInterrupted(first func()) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		first()
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

// Host is what the program is given by the operating system.
type Host struct {
	Getenv         func(string) string
	Now            func() time.Time
	In             io.Reader
	Terminal       shell.Terminal // what in is, where that is a terminal; nil = it is none
	Out, Err       io.Writer      // err takes the log, so several goroutines write to it
	OutTTY, ErrTTY bool
	Width          int             // columns of out; 0 = not a terminal
	ErrWidth       int             // the same of err
	Environ        func() []string // NAME=value, for names that can't be asked for; nil = empty

	// Patience is how long the program waits for itself and its store where it
	// otherwise gives up within seconds, for somebody waits, and does without; 0 =
	// as long as is right for each. For tests, whose machine may be slow.
	Patience time.Duration

	version, commit string // of a release; "" = what the Go tool knows of the build

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

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, args []string, h Host) int { return newApp(h).run(ctx, args) }

func (a *app) run(ctx context.Context, args []string) int {
	defer a.close()
	defer a.keepAsked(ctx)
	root, face, err := a.root() //nolint:contextcheck // cobra hands the context to the commands
	if err == nil {
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	code := shell.Report(face, args, err)
	if out, ok := a.Out.(interface{ Lost() bool }); ok && out.Lost() && code == 0 {
		return 1 // not every command looks at what became of its words, help does not
	}
	return code
}
