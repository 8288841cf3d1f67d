//go:build failpoints

package failpoint

import (
	"context"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	mu   sync.Mutex                       //nolint:gochecknoglobals // counts the passes of the one process
	seen = map[string]int{}               //nolint:gochecknoglobals // see above
	at   = os.Getenv("DIDOPS_FAILPOINT")  //nolint:gochecknoglobals,forbidigo // the test's instruction
	list = os.Getenv("DIDOPS_FAILPOINTS") //nolint:gochecknoglobals,forbidigo // a file that takes the name of every place passed
)

// Here kills the process, as a loss of power would, when it passes the place
// for the n-th time that DIDOPS_FAILPOINT=name:n names.
func Here(name string) {
	mu.Lock()
	defer mu.Unlock()
	seen[name]++
	place := name + ":" + strconv.Itoa(seen[name])
	if list != "" {
		note(place)
	}
	if place == strings.TrimSpace(at) {
		kill()
	}
}

// note adds a place to the list.
func note(place string) {
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

// Trace marks the steps of the requests made with the context it returns:
// "connected", "written" when all of a request has left and nothing has come
// back, and "first byte" of the answer.
func Trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { Here("connected") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { Here("written") },
		GotFirstResponseByte: func() { Here("first byte") },
	})
}

// Clock returns now, set forward by DIDOPS_CLOCK (such as 90s).
func Clock(now func() time.Time) func() time.Time {
	ahead, err := time.ParseDuration(os.Getenv("DIDOPS_CLOCK")) //nolint:forbidigo // the test's instruction
	if err != nil {
		return now
	}
	return func() time.Time { return now().Add(ahead) }
}
