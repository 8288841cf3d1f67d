-- +goose Up
-- What is remembered of the market has a file of its own here.
SELECT 1;
