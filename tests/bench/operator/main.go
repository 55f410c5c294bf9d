// The smallest controller-runtime manager that does what sluice-operator does with a suspended DatabaseMigration: it
// watches them and patches the status of each once for each generation, with the condition that sluice-operator
// writes. With -events it tells each first status as an Event, too, as sluice-operator does.
//
// Everything else is controller-runtime's default: reads from the cache, no limit of requests, HTTP/2, no leader
// election. It runs until it is told to stop; who measures it watches the API server.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	reason  = "Suspended"
	message = "a change is pending; spec.suspend is true"
)

var kind = schema.GroupVersionKind{Group: "sluice.dev", Version: "v1alpha1", Kind: "DatabaseMigration"}

func newObject() *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

type reconciler struct {
	client.Client
	events record.EventRecorder // nil: none are told
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := newObject()
	if err := r.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	seen, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if seen == object.GetGeneration() {
		return ctrl.Result{}, nil
	}
	if r.events != nil && seen < 0 {
		r.events.Event(object, corev1.EventTypeNormal, reason, message)
	}
	patch, err := statusPatch(object.GetGeneration())
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.Status().Patch(ctx, object, client.RawPatch(types.MergePatchType, patch))
}

func statusPatch(generation int64) ([]byte, error) {
	return json.Marshal(map[string]any{"status": map[string]any{
		"observedGeneration": generation,
		"conditions": []any{map[string]any{
			"type": "Ready", "status": "False", "reason": reason, "message": message,
			"observedGeneration": generation, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}},
	}})
}

func run() error {
	kubeconfig := flag.String("kubeconfig-file", "", "kubeconfig of the API server")
	workers := flag.Int("workers", 1, "MaxConcurrentReconciles")
	metrics := flag.String("metrics-address", "127.0.0.1:8080", "HOST:PORT of /metrics")
	events := flag.Bool("events", false, "an Event for each first status")
	flag.Parse()
	ctrl.SetLogger(zap.New())

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // unlimited, as controller-runtime's own GetConfig sets it
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Metrics: server.Options{BindAddress: *metrics},
		// Reads from the cache, as typed objects have it by default.
		Client: client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return err
	}
	reconciler := &reconciler{Client: manager.GetClient()}
	if *events {
		reconciler.events = manager.GetEventRecorderFor("peer")
	}
	err = ctrl.NewControllerManagedBy(manager).Named("databasemigration").For(newObject()).
		WithOptions(controller.Options{MaxConcurrentReconciles: *workers}).Complete(reconciler)
	if err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
