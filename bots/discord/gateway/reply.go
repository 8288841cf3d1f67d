package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

const (
	// settle is how long Discord may take to know about a first response that
	// was the answer to its own request.
	settle = 3 * time.Second

	// lastMoment is the least time that a first response is given.
	lastMoment = 400 * time.Millisecond
)

// reply answers one interaction.
type reply struct {
	l              *Link
	id, app, token string
	arrived        time.Time
	by             *answer // the HTTP request that waits for the first response; nil = REST

	mu    sync.Mutex // held during the first response
	acked time.Time  // when it was given
}

func (l *Link) newReply(i *discordgo.Interaction, by *answer) *reply {
	return &reply{l: l, id: i.ID, app: i.AppID, token: i.Token, arrived: l.c.Now(), by: by}
}

// Ack sends the first response. ErrGone means that it comes too late.
func (r *reply) Ack(ctx context.Context, resp *discordgo.InteractionResponse) error {
	b, contentType, err := responseBody(resp)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.acked.IsZero() {
		return fmt.Errorf("answer the interaction: %w", ErrAcknowledged)
	}
	if r.by != nil {
		err = r.by.give(ctx, b, contentType)
	} else {
		err = r.callback(ctx, b, contentType)
	}
	now := r.l.c.Now()
	r.l.c.Acked(now.Sub(r.arrived), err)
	if err == nil {
		r.acked = now
	}
	return err
}

func (r *reply) callback(ctx context.Context, b []byte, contentType string) error {
	limit := r.l.c.Times.Ack
	_, err := r.l.do(ctx, call{
		what: "answer the interaction", method: http.MethodPost,
		path: "/interactions/" + url.PathEscape(r.id) + "/" + url.PathEscape(r.token) + "/callback",
		body: b, contentType: contentType, again: true, answer: true, secret: r.token,
		attempt: limit * 2 / 5, within: max(limit-r.l.c.Now().Sub(r.arrived), lastMoment),
	})
	return err
}

// Edit changes the message that the first response is, or that the component
// is on.
func (r *reply) Edit(ctx context.Context, e *discordgo.WebhookEdit) error {
	const what = "edit the answer"
	b, contentType, err := body(what, e, e.Files, fields.relayout)
	if err != nil {
		return err
	}
	_, err = r.webhook(ctx, call{what: what, method: http.MethodPatch, path: "/messages/@original", body: b, contentType: contentType, again: true})
	return err
}

// Followup sends a further message and returns its id, "" where Discord does
// not tell it. One that may have arrived is not sent again.
func (r *reply) Followup(ctx context.Context, p *discordgo.WebhookParams) (string, error) {
	const what = "send a further answer"
	b, contentType, err := body(what, p, p.Files)
	if err != nil {
		return "", err
	}
	answer, err := r.webhook(ctx, call{what: what, method: http.MethodPost, body: b, contentType: contentType})
	var sent struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer, &sent) // it is there all the same
	return sent.ID, err
}

// webhook makes a call that the interaction's token is good for.
func (r *reply) webhook(ctx context.Context, c call) ([]byte, error) {
	now := r.l.c.Now()
	c.within = r.l.c.Times.Token - now.Sub(r.arrived)
	if c.within <= 0 {
		return nil, fmt.Errorf("%s: %w: its token is no longer good", c.what, ErrGone)
	}
	if r.by != nil {
		c.early = settle - now.Sub(r.since())
	}
	c.secret = r.token
	c.path = "/webhooks/" + url.PathEscape(r.app) + "/" + url.PathEscape(r.token) + c.path
	return r.l.do(ctx, c)
}

func (r *reply) since() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acked
}
