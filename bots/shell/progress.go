package shell

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"didops/internal/render"
	"didops/internal/request"
	"didops/tools"
)

const (
	quiet  = 400 * time.Millisecond // a call shorter than this shows nothing
	redraw = 100 * time.Millisecond // at most this often
	erase  = "\r\x1b[K"
)

// progress is a line on a terminal that is redrawn in place. It is safe for
// concurrent use, and draws nothing once it is closed.
type progress struct {
	mu     sync.Mutex
	out    io.Writer
	width  int
	now    func() time.Time
	next   time.Time // draw nothing before
	drawn  bool
	closed bool
}

// watch makes a call tell on Err how far it is, where somebody sees it; the
// line is to be closed when the call has ended.
func (s *shell) watch(call *tools.Call) *progress {
	p := &progress{out: s.Err, width: s.errWidth(), now: s.Now}
	if s.ErrTTY && s.Now != nil {
		p.next = s.Now().Add(quiet)
		call.Progress = p.show
	}
	return p
}

// plainly is how often progress is told where no line can be drawn anew.
const plainly = 10 * time.Second

// WithProgress has what a command does in a context told on Err of c: as a line
// that is drawn anew on a terminal, and as a line now and then elsewhere. The
// line is to be closed when the command has ended.
func WithProgress(ctx context.Context, c Config) (_ context.Context, done func()) {
	p := &progress{out: c.Err, width: (&shell{Config: c}).errWidth(), now: c.Now}
	show := p.show
	p.next = c.Now().Add(quiet)
	if !c.ErrTTY {
		p.next, show = c.Now().Add(plainly), p.tell
	}
	return request.WithProgress(ctx, show), p.close
}

// tell writes a line that stays, if it is time for one.
func (p *progress) tell(at request.Progress) {
	p.mu.Lock()
	now := p.now()
	due := !now.Before(p.next)
	if due {
		p.next = now.Add(plainly)
	}
	p.mu.Unlock()
	if due {
		p.say(text(at))
	}
}

// errWidth returns the columns of Err, the usual ones where they are not known.
func (s *shell) errWidth() int { return cmp.Or(max(0, s.ErrWidth), max(0, s.Width), usualWidth) }

func (p *progress) show(at request.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.closed || now.Before(p.next) {
		return
	}
	p.next = now.Add(redraw)
	p.drawn = true
	p.write(erase + render.Shorten(text(at), p.width-1))
}

func text(at request.Progress) string {
	if at.Total == 0 {
		return at.Text
	}
	return at.Text + fmt.Sprintf(" (%d%%)", min(100, 100*at.Done/at.Total))
}

// say writes a line that stays, above the one that is redrawn.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if p.drawn {
		p.write(erase)
	}
	p.write(text + "\n")
}

// close erases the line.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.drawn {
		p.write(erase)
	}
}

// write ignores errors: progress is a courtesy, and the result that follows
// will meet the same terminal.
func (p *progress) write(s string) { _, _ = io.WriteString(p.out, s) }
