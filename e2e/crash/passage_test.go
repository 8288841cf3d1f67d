package crash_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"didops/internal/testing/capture"
)

// passage is the way of a program past the places where it could be killed,
// as it tells of them itself, each before it goes on.
type passage struct {
	kill   string   // the place at which it is killed; "" = it is not
	before []string // what it passes before its input may end
	alone  bool     // it is killed before its input ends

	seen  *capture.Output
	gone  chan struct{} // closed when it has ended, and everything was seen
	ends  *os.File      // of a pipe: what the program writes to
	early int           // so many places were passed when its input ended
}

// passagesOf is the descriptor at which a program tells of the places.
const passagesOf = "/dev/fd/3"

// attach has a command tell of the places. It is followed by follow when the
// command has started.
func (p *passage) attach(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(cmd.Env, "DIDOPS_FAILPOINT="+p.kill, "DIDOPS_FAILPOINTS="+passagesOf)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{write}
	p.seen, p.gone, p.ends = capture.New(), make(chan struct{}), write
	go func() {
		defer close(p.gone)
		defer func() { _ = read.Close() }()
		_, _ = io.Copy(p.seen, read)
	}()
}

func (p *passage) follow() {
	if p != nil {
		_ = p.ends.Close() // the program has its own
	}
}

// places are those that were passed so far.
func (p *passage) places() []string {
	return strings.FieldsFunc(p.seen.String(), func(r rune) bool { return r == '\n' })
}

// wait waits until the input of the program may end: it is dead, or has passed
// what it passes before. Were the input to end sooner, a program on a busy
// machine would never come to a place that it has come to before.
func (p *passage) wait(ctx context.Context) {
	if p == nil {
		return
	}
	for p.alone || !p.passed(p.before) {
		select {
		case <-p.seen.More:
		case <-p.gone:
			return
		case <-ctx.Done():
			return // it is killed by that, which is told where its end is waited for
		}
	}
	p.early = len(p.places())
}

func (p *passage) passed(all []string) bool {
	seen := p.places()
	return !slices.ContainsFunc(all, func(place string) bool { return !slices.Contains(seen, place) })
}

// route is what a program passes in every run.
type route struct {
	places []string
	early  []string // those of them that it passes before its input ends
}

// routeOf returns what several runs of one program have in common. What is
// passed once more on a busy machine, such as a write that another process was
// in the way of, is not.
func routeOf(runs []*passage) route {
	var r route
	for i, place := range runs[0].places() {
		early := i < runs[0].early
		common := !slices.ContainsFunc(runs[1:], func(other *passage) bool {
			at := slices.Index(other.places(), place)
			early = early && at < other.early
			return at < 0
		})
		if common {
			r.places = append(r.places, place)
			if early {
				r.early = append(r.early, place)
			}
		}
	}
	return r
}

// to is the way up to a place of a route.
func (r route) to(place string) *passage {
	return &passage{kill: place, before: r.early, alone: slices.Contains(r.early, place)}
}
