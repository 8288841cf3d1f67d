package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/bwmarrin/discordgo"
)

// maxNonce is the length of a nonce that Discord takes.
const maxNonce = 25

// Application returns the id of the application that the token belongs to. It
// is asked for once.
func (l *Link) Application(ctx context.Context) (string, error) {
	l.id.Lock()
	defer l.id.Unlock()
	if l.id.text != "" {
		return l.id.text, nil
	}
	id, err := l.identify(ctx, call{what: "ask for the application", method: http.MethodGet, path: "/applications/@me", bot: true, again: true})
	l.id.text = id
	return id, err
}

// Commands returns the application's commands in a guild, with all their
// translations.
func (l *Link) Commands(ctx context.Context, guild string) ([]*discordgo.ApplicationCommand, error) {
	path, err := l.commands(ctx, guild)
	if err != nil {
		return nil, err
	}
	var list []*discordgo.ApplicationCommand
	c := call{what: "list the commands", method: http.MethodGet, path: path + "?with_localizations=true", bot: true, again: true}
	err = l.ask(ctx, c, &list)
	return list, err
}

// PutCommands puts commands in place of all that the guild has of the
// application.
func (l *Link) PutCommands(ctx context.Context, guild string, list []*discordgo.ApplicationCommand) error {
	path, err := l.commands(ctx, guild)
	if err != nil {
		return err
	}
	const what = "register the commands"
	if list == nil {
		list = []*discordgo.ApplicationCommand{}
	}
	b, contentType, err := pack(what, list, nil)
	if err != nil {
		return err
	}
	_, err = l.do(ctx, call{what: what, method: http.MethodPut, path: path, body: b, contentType: contentType, bot: true, again: true})
	return err
}

func (l *Link) commands(ctx context.Context, guild string) (string, error) {
	app, err := l.Application(ctx)
	if err != nil {
		return "", err
	}
	return "/applications/" + url.PathEscape(app) + "/guilds/" + url.PathEscape(guild) + "/commands", nil
}

// Post sends a message to a channel and returns its id. Without a nonce a post
// that may have arrived is not sent again, and ErrUnavailable then leaves open
// whether the message is there. Whom it mentions by name may be notified by it,
// and nobody else. The deprecated fields File and Embed are not read.
func (l *Link) Post(ctx context.Context, channel string, m *discordgo.MessageSend, nonce string) (string, error) {
	const what = "post the message"
	b, contentType, err := body(what, m, m.Files, func(f fields) { f.nonce(nonce) }, func(f fields) { f.call(m.AllowedMentions) })
	if err != nil {
		return "", err
	}
	var posted struct {
		ID string `json:"id"`
	}
	err = l.ask(ctx, call{
		what: what, method: http.MethodPost, path: "/channels/" + url.PathEscape(channel) + "/messages",
		body: b, contentType: contentType, bot: true, again: nonce != "",
	}, &posted)
	return posted.ID, certain(err, ErrNoChannel)
}

// Direct returns the channel of direct messages to a user, which Discord makes
// where there is none. Whether the user takes any is told by a post to it.
func (l *Link) Direct(ctx context.Context, user string) (string, error) {
	const what = "open the direct messages"
	b, contentType, err := pack(what, map[string]string{"recipient_id": user}, nil)
	if err != nil {
		return "", err
	}
	return l.identify(ctx, call{what: what, method: http.MethodPost, path: "/users/@me/channels", body: b, contentType: contentType, bot: true, again: true})
}

// nonce makes Discord take a message that comes twice for one.
func (m fields) nonce(nonce string) {
	if nonce == "" {
		return
	}
	if len(nonce) > maxNonce {
		sum := sha256.Sum256([]byte(nonce))
		nonce = base64.RawURLEncoding.EncodeToString(sum[:])[:maxNonce]
	}
	m["nonce"], _ = json.Marshal(nonce) // a text
	m["enforce_nonce"] = json.RawMessage("true")
}

// Edit changes a message of the bot's own. Its fields ID and Channel are not
// read. ErrGone means that the message was deleted, or, where it is
// ErrNoChannel, its channel.
func (l *Link) Edit(ctx context.Context, channel, message string, m *discordgo.MessageEdit) error {
	const what = "edit the message"
	b, contentType, err := body(what, m, m.Files, fields.edit)
	if err != nil {
		return err
	}
	_, err = l.do(ctx, call{
		what: what, method: http.MethodPatch, path: "/channels/" + url.PathEscape(channel) + "/messages/" + url.PathEscape(message),
		body: b, contentType: contentType, bot: true, again: true,
	})
	return certain(err, errNoMessage, ErrNoChannel)
}

// ask makes a call and reads the JSON of its answer.
func (l *Link) ask(ctx context.Context, c call, into any) error {
	b, err := l.do(ctx, c)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w: the answer can't be read", c.what, ErrUnavailable)
	}
	return nil
}
