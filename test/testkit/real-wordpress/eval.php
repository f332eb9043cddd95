<?php
// Runs the PHP given as argument within WordPress, as its administrator.
require __DIR__ . '/lib.php';
require getenv( 'WORDPRESS_ROOT' ) . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/image.php';
wp_set_current_user( 1 );
eval( $argv[1] ); // phpcs:ignore
