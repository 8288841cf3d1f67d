//go:build failpoints

package failpoint

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// passes counts how often the one process has passed each place.
var passes = struct { //nolint:gochecknoglobals // there is one process
	sync.Mutex
	of map[string]int
}{of: map[string]int{}}

// Here kills the process, as a loss of power would, when it passes the place
// for the n-th time that DIDOPS_FAILPOINT=name:n names. A file that
// DIDOPS_FAILPOINTS names takes the name of every place passed.
func Here(name string) {
	passes.Lock()
	defer passes.Unlock()
	passes.of[name]++
	place := name + ":" + strconv.Itoa(passes.of[name])
	if list := told("DIDOPS_FAILPOINTS"); list != "" {
		note(list, place)
	}
	if place == strings.TrimSpace(told("DIDOPS_FAILPOINT")) {
		kill()
	}
}

// told returns an instruction of the test.
func told(variable string) string { return os.Getenv(variable) } //nolint:forbidigo // of a test build only

// note adds a place to a list.
func note(list, place string) {
	f, err := os.OpenFile(list, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	_, _ = f.WriteString(place + "\n")
	_ = f.Close()
}

// kill ends the process without a word, and never returns.
func kill() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// Dial returns dial. Its connections are marked: "connected" when there is
// one, "written" when what was written, of a small request all, has left, and
// "answer" when something of an answer has come.
func Dial(dial Dialer) Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		Here("connected")
		return &conn{Conn: c}, nil
	}
}

// conn shows nothing of an answer before the mark of what was written is
// passed: the answer may be quicker.
type conn struct {
	net.Conn
	turn sync.Mutex
}

// Write marks when it is done. The hook of net/http/httptrace that is called
// so is called earlier, before the last is flushed.
func (c *conn) Write(b []byte) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	n, err := c.Conn.Write(b)
	Here("written")
	return n, err
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.turn.Lock()
	defer c.turn.Unlock()
	if n > 0 {
		Here("answer")
	}
	return n, err
}

// Clock returns now, set forward by DIDOPS_CLOCK (such as 90s).
func Clock(now func() time.Time) func() time.Time {
	ahead := forward()
	return func() time.Time { return now().Add(ahead) }
}

// Skew returns how far our clock may be from that of a database: as far as it
// was set forward, and a minute more; 0 where it was not set.
func Skew() time.Duration {
	if ahead := forward(); ahead != 0 {
		return ahead + time.Minute
	}
	return 0
}

// forward is how far the clock was set forward.
func forward() time.Duration {
	ahead, err := time.ParseDuration(told("DIDOPS_CLOCK"))
	if err != nil {
		return 0
	}
	return ahead
}
