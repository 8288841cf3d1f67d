package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with requests.
type Fault struct {
	Route  string // begins the route of the requests: "PATCH /webhooks/"; "" = every request
	Times  int    // for how many requests; 0 = until it is lifted
	Status int    // 0 = the request is carried out and answered as ever, after Hold
	Code   int    // Discord's code in the JSON of the answer
	Text   string // Discord's message in it

	HTML       bool          // the body is a page of HTML, as Cloudflare's
	RetryAfter time.Duration // of a 429; in whole seconds in the header, exact in the JSON
	Global     bool          // the 429 is of the global limit
	Header     http.Header   // more headers of the answer, of a good one too

	Hold  <-chan struct{} // the answer waits until it is closed
	Cut   bool            // the connection breaks instead of an answer
	After bool            // the request is carried out before it goes wrong
}

type injected struct {
	Fault
	left   int
	lifted chan struct{}
	once   sync.Once
}

func (i *injected) lift() { i.once.Do(func() { close(i.lifted) }) }

// Inject lets requests go wrong. The first fault that suits a request is
// taken. The function that is returned ends it, and lets go what it holds.
func (f *Fake) Inject(fault Fault) func() {
	i := &injected{Fault: fault, left: fault.Times, lifted: make(chan struct{})}
	if fault.Times == 0 {
		i.left = math.MaxInt
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, i)
	return i.lift
}

// fault takes the fault for a request; nil when there is none. The lock is
// held.
func (f *Fake) fault(route string) *injected {
	for _, i := range f.faults {
		select {
		case <-i.lifted:
			continue
		default:
		}
		if i.left > 0 && strings.HasPrefix(route, i.Route) {
			i.left--
			return i
		}
	}
	return nil
}

// hold waits until the answer may go, and reports whether anyone is there to
// hear it.
func (i *injected) hold(ctx context.Context) bool {
	if i.Hold == nil {
		return true
	}
	select {
	case <-i.Hold:
	case <-i.lifted:
	case <-ctx.Done():
		return false
	}
	return true
}

// answer writes the answer of a request that goes wrong.
func (i *injected) answer(w http.ResponseWriter) {
	if i.Cut {
		panic(http.ErrAbortHandler)
	}
	if i.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", fmt.Sprint(math.Ceil(i.RetryAfter.Seconds())))
	}
	if i.HTML {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(i.Status)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><html><body>error code: %d</body></html>", i.Status)
		return
	}
	body := map[string]any{"message": i.Text, "code": i.Code}
	if i.Status == http.StatusTooManyRequests {
		body = map[string]any{"message": "You are being rate limited.", "retry_after": i.RetryAfter.Seconds(), "global": i.Global}
		if i.Global {
			w.Header().Set("X-RateLimit-Global", "true")
		}
	}
	write(w, i.Status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
