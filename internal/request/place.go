package request

import "context"

type placeKey struct{}

// WithPlace returns a context whose work was asked for in a place of a chat.
func WithPlace(ctx context.Context, place string) context.Context {
	return context.WithValue(ctx, placeKey{}, place)
}

// Place returns the place of the chat where the running operation was asked
// for; "" where that was elsewhere.
func Place(ctx context.Context) string {
	place, _ := ctx.Value(placeKey{}).(string)
	return place
}
