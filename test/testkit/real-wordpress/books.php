<?php
/**
 * Plugin Name: Books
 * Description: A post type and a taxonomy of their own, with a meta that the REST API shows.
 */
add_action(
	'init',
	function () {
		register_post_type(
			'book',
			array(
				'label'        => 'Books',
				'public'       => true,
				'has_archive'  => true,
				'show_in_rest' => true,
				'rest_base'    => 'books',
				'taxonomies'   => array( 'genre', 'post_tag' ),
				'supports'     => array( 'title', 'editor', 'excerpt', 'thumbnail', 'custom-fields', 'comments' ),
			)
		);
		// One that tells its authors.
		register_post_type(
			'guide',
			array( 'label' => 'Guides', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'guides', 'supports' => array( 'title', 'editor', 'author', 'comments' ) )
		);
		register_taxonomy(
			'genre',
			array( 'book' ),
			array( 'label' => 'Genres', 'hierarchical' => true, 'show_in_rest' => true, 'rewrite' => array( 'slug' => 'genre', 'hierarchical' => true ) )
		);
		register_post_meta( 'book', 'subtitle', array( 'single' => true, 'type' => 'string', 'show_in_rest' => true ) );
		register_post_meta( 'book', 'guests', array( 'single' => false, 'type' => 'string', 'show_in_rest' => true ) );
		register_post_meta( 'book', 'purchase_note_secret', array( 'single' => true, 'type' => 'string', 'show_in_rest' => true ) );
	}
);
