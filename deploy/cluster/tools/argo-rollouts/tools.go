//go:build tools

// Package tools pins the roll-out controller that the tests of gates run against; it is never compiled itself.
package tools

import (
	_ "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"
)
