package gateway

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// maxBody bounds an interaction; a modal may bring a few long texts.
const maxBody = 1 << 20

// Handler takes interactions that Discord posts, and answers each with its
// first response. Only what Discord has signed with the public key, within
// Times.Fresh and not seen before, gets to the handler; anything else is
// answered with 401, as Discord tests. A handler that has not responded within
// Times.Ack is too late: the answer is 503 and its Ack returns ErrGone.
// Without a public key every request is refused.
func (l *Link) Handler(handler Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := receive(w, r)
		if !ok {
			return
		}
		if !l.signed(r.Header, raw, l.c.Now()) {
			refuse(w, http.StatusUnauthorized, "invalid request signature")
			return
		}
		if ping(raw) {
			_ = send(w, []byte(`{"type":1}`), "application/json")
			return
		}
		i, err := decode(raw)
		if err != nil {
			l.c.Log.Error().Str("reason", l.clean(err.Error())).Msg("discord: an interaction can't be read")
			refuse(w, http.StatusBadRequest, "the interaction can't be read")
			return
		}
		switch added, full := l.seen.TryAdd(i.ID, struct{}{}); {
		case full:
			refuse(w, http.StatusServiceUnavailable, "too many interactions")
		case !added:
			l.c.Log.Warn().Str("interaction", i.ID).Msg("discord: an interaction came a second time")
			refuse(w, http.StatusUnauthorized, "the interaction came before")
		default:
			l.answer(w, r, handler, i)
		}
	})
}

// receive reads the body of a request, or refuses it.
func receive(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "interactions are posted")
		return nil, false
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "the body is too long")
		return nil, false
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "the body could not be read to its end")
		return nil, false
	}
	return raw, true
}

// signed reports whether Discord has just signed a body.
func (l *Link) signed(h http.Header, raw []byte, now time.Time) bool {
	stamp := h.Get("X-Signature-Timestamp")
	sig, err := hex.DecodeString(h.Get("X-Signature-Ed25519"))
	if err != nil || len(sig) != ed25519.SignatureSize || len(l.key) != ed25519.PublicKeySize {
		return false
	}
	if !ed25519.Verify(l.key, append([]byte(stamp), raw...), sig) {
		return false
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	// The stamp is of whole seconds: it may be up to one behind what it means.
	age := now.Sub(time.Unix(at, 0))
	return age <= l.c.Times.Fresh+time.Second && age >= -l.c.Times.Fresh
}

// answer runs the handler and writes its first response.
func (l *Link) answer(w http.ResponseWriter, r *http.Request, handler Handler, i *discordgo.Interaction) {
	if !l.tasks.begin() {
		refuse(w, http.StatusServiceUnavailable, "the bot is being shut down")
		return
	}
	a := &answer{given: make(chan given), gone: make(chan struct{})}
	defer a.leave()
	reply := l.newReply(i, a)
	ended := make(chan struct{})
	go func() { //nolint:contextcheck // a handler outlives the request that it answers
		defer close(ended)
		l.handle(handler, i, reply)
	}()
	limit := time.NewTimer(l.c.Times.Ack)
	defer limit.Stop()
	select {
	case g := <-a.given:
		g.result <- send(w, g.body, g.contentType)
	case <-limit.C:
		l.c.Log.Error().Str("interaction", i.ID).Msg("discord: no response in time")
		refuse(w, http.StatusServiceUnavailable, "no response in time")
	case <-ended:
		l.c.Log.Error().Str("interaction", i.ID).Msg("discord: a handler ended without a response")
		refuse(w, http.StatusInternalServerError, "no response")
	case <-r.Context().Done():
	}
}

// answer is an HTTP request that waits for the first response.
type answer struct {
	given chan given
	gone  chan struct{} // closed when nobody waits any more
	once  sync.Once
}

type given struct {
	body        []byte
	contentType string
	result      chan error
}

func (a *answer) leave() { a.once.Do(func() { close(a.gone) }) }

// give hands the first response over and returns once it is written.
func (a *answer) give(ctx context.Context, body []byte, contentType string) error {
	const what = "answer the interaction"
	g := given{body: body, contentType: contentType, result: make(chan error, 1)}
	select {
	case a.given <- g:
	case <-a.gone:
		return fmt.Errorf("%s: %w: nobody waits for it any more", what, ErrGone)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	if err := <-g.result; err != nil {
		return fmt.Errorf("%s: %w: the response can't be written", what, ErrUnavailable)
	}
	return nil
}

// send writes a good answer as a whole.
func send(w http.ResponseWriter, body []byte, contentType string) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(body); err != nil {
		return err
	}
	err := http.NewResponseController(w).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func refuse(w http.ResponseWriter, status int, why string) { http.Error(w, why, status) }
