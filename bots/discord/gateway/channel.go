package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bwmarrin/discordgo"
)

// Entry is a message of a channel.
type Entry struct {
	ID   string
	Mine bool   // it is of the bot
	Foot string // the last text of its components v2, or the footer of its first embed
}

// pageSize is how many messages Discord gives at once.
const pageSize = 100

// Messages returns up to a hundred messages of a channel, those that follow
// the one with that id, or the newest for "", in the order of their ids. Without the permission to
// read the history Discord returns none, which is no error.
func (l *Link) Messages(ctx context.Context, channel, after string) ([]Entry, error) {
	me, err := l.user(ctx)
	if err != nil {
		return nil, err
	}
	var list []struct {
		ID     string `json:"id"`
		Author struct {
			ID string `json:"id"`
		} `json:"author"`
		Embeds []struct {
			Footer struct {
				Text string `json:"text"`
			} `json:"footer"`
		} `json:"embeds"`
		Components []piece `json:"components"`
	}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if after != "" {
		query.Set("after", after)
	}
	c := call{
		what: "list the messages", method: http.MethodGet, bot: true, again: true,
		path: "/channels/" + url.PathEscape(channel) + "/messages?" + query.Encode(),
	}
	if err := l.ask(ctx, c, &list); err != nil {
		return nil, certain(err, ErrNoChannel)
	}
	var out []Entry
	for _, m := range list {
		e := Entry{ID: m.ID, Mine: m.Author.ID == me, Foot: lastText(m.Components)}
		if e.Foot == "" && len(m.Embeds) > 0 {
			e.Foot = m.Embeds[0].Footer.Text
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry) int { return CompareIDs(a.ID, b.ID) })
	return out, nil
}

// CompareIDs says which of two ids of Discord's is older: they are numbers
// that grow.
func CompareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// certain returns the error of a call, in which ErrGone counts only where it
// is one of those that such a call can come to.
func certain(err error, gone ...error) error {
	is := func(g error) bool { return errors.Is(err, g) }
	if errors.Is(err, ErrGone) && !slices.ContainsFunc(gone, is) {
		return fmt.Errorf("%w: %s", ErrUnavailable, err.Error())
	}
	return err
}

// Exists returns nil where a message is there, and ErrGone where it is not.
func (l *Link) Exists(ctx context.Context, channel, message string) error {
	_, err := l.do(ctx, call{
		what: "look for the message", method: http.MethodGet, bot: true, again: true,
		path: "/channels/" + url.PathEscape(channel) + "/messages/" + url.PathEscape(message),
	})
	return certain(err, errNoMessage)
}

// Access is what a channel is and what the bot may do there.
type Access struct {
	Kind        discordgo.ChannelType
	Guild       string // the server that it is of; "" = none
	Permissions int64  // the bits of Discord
}

// channel is a channel as far as access to it goes.
type channel struct {
	Type       discordgo.ChannelType `json:"type"`
	Guild      string                `json:"guild_id"`
	Parent     string                `json:"parent_id"`
	Overwrites []overwrite           `json:"permission_overwrites"`
}

// overwrite changes what a role or a member may do in a channel.
type overwrite struct {
	ID    string `json:"id"`
	Allow int64  `json:"allow,string"`
	Deny  int64  `json:"deny,string"`
}

// Access returns what a channel is and what the bot may do there, by the rules
// of Discord's document on permissions. A channel that the bot may not see is
// ErrForbidden, one that is not there ErrNoChannel.
func (l *Link) Access(ctx context.Context, id string) (Access, error) {
	c, err := l.channel(ctx, id)
	if err != nil {
		return Access{}, err
	}
	a := Access{Kind: c.Type, Guild: c.Guild}
	if c.Guild == "" {
		return a, nil
	}
	if threads(c.Type) && c.Parent != "" { // a thread has the permissions of the channel that it is in
		parent, err := l.channel(ctx, c.Parent)
		if err != nil {
			return a, err
		}
		c.Overwrites = parent.Overwrites
	}
	a.Permissions, err = l.permissions(ctx, c)
	return a, err
}

func threads(t discordgo.ChannelType) bool {
	return t == discordgo.ChannelTypeGuildNewsThread || t == discordgo.ChannelTypeGuildPublicThread || t == discordgo.ChannelTypeGuildPrivateThread
}

func (l *Link) channel(ctx context.Context, id string) (channel, error) {
	var c channel
	err := l.ask(ctx, call{what: "look at the channel", method: http.MethodGet, path: "/channels/" + url.PathEscape(id), bot: true, again: true}, &c)
	return c, certain(err, ErrNoChannel)
}

// permissions computes what the bot may do in a channel: what its roles allow
// in the server, changed by what the channel says of everyone, of the roles,
// and of the bot.
func (l *Link) permissions(ctx context.Context, c channel) (int64, error) {
	me, err := l.user(ctx)
	if err != nil {
		return 0, err
	}
	var member struct {
		Roles []string `json:"roles"`
	}
	guild := "/guilds/" + url.PathEscape(c.Guild)
	if err := l.about(ctx, call{what: "look at the bot's roles", method: http.MethodGet, path: guild + "/members/" + url.PathEscape(me), bot: true, again: true}, &member); err != nil {
		return 0, err
	}
	var roles []struct {
		ID          string `json:"id"`
		Permissions int64  `json:"permissions,string"`
	}
	if err := l.about(ctx, call{what: "look at the server's roles", method: http.MethodGet, path: guild + "/roles", bot: true, again: true}, &roles); err != nil {
		return 0, err
	}
	var may int64
	for _, r := range roles {
		if r.ID == c.Guild || slices.Contains(member.Roles, r.ID) { // the role of everyone has the id of the server
			may |= r.Permissions
		}
	}
	if may&discordgo.PermissionAdministrator != 0 {
		return discordgo.PermissionAll, nil
	}
	var allow, deny int64
	for _, o := range c.Overwrites {
		if o.ID == c.Guild {
			may = may&^o.Deny | o.Allow
		}
	}
	for _, o := range c.Overwrites {
		if slices.Contains(member.Roles, o.ID) && o.ID != c.Guild {
			allow, deny = allow|o.Allow, deny|o.Deny
		}
	}
	may = may&^deny | allow
	for _, o := range c.Overwrites {
		if o.ID == me {
			may = may&^o.Deny | o.Allow
		}
	}
	return may, nil
}

// about asks about a server. That it may not be looked at says nothing of the
// channel.
func (l *Link) about(ctx context.Context, c call, into any) error {
	err := l.ask(ctx, c, into)
	if errors.Is(err, ErrGone) || errors.Is(err, ErrForbidden) {
		return fmt.Errorf("%w: %s", ErrUnavailable, err.Error())
	}
	return err
}

// user returns the id of the bot's user, which is not always that of its
// application. It is asked for once.
func (l *Link) user(ctx context.Context) (string, error) {
	l.me.Lock()
	defer l.me.Unlock()
	if l.me.text != "" {
		return l.me.text, nil
	}
	id, err := l.identify(ctx, call{what: "ask for the bot's user", method: http.MethodGet, path: "/users/@me", bot: true, again: true})
	if errors.Is(err, ErrGone) || errors.Is(err, errNoRoute) { // not every proxy knows it; most often it is the application's
		id, err = l.Application(ctx)
	}
	l.me.text = id
	return id, err
}

// identify asks for something that has an id.
func (l *Link) identify(ctx context.Context, c call) (string, error) {
	var it struct {
		ID string `json:"id"`
	}
	if err := l.ask(ctx, c, &it); err != nil {
		return "", err
	}
	if it.ID == "" {
		return "", fmt.Errorf("%s: %w: the answer has no id", c.what, ErrUnavailable)
	}
	return it.ID, nil
}
